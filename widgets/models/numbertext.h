// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cstdint>

/// Numbers as a user reads them, in the current locale. What is not known (NaN) is a dash.
namespace qs {

QString unknownText();
/// \a significant digits, exponent only for very small and very large values; "∞" for infinity.
QString numberText(double value, int significant = 4);
/// Fixed decimals, e.g. 34.21.
QString fixedText(double value, int decimals);
/// Grouped, e.g. 25,557,032.
QString countText(std::int64_t value);
/// Three digits and a decimal prefix: "462 M", "1.23 G".
QString compactText(std::int64_t value);
/// With its unit, e.g. "34.2 dB"; an infinite ratio means that both sides are equal.
QString decibelText(double value);
/// \a percent 0..100 with as many digits as it takes to tell it from 0 and 100.
QString percentText(double percent);
/// "44.7 MB", 1 MB = 10^6 bytes.
QString bytesText(std::uint64_t bytes);
QString millisecondsText(double value);
/// "1 h 02 min", "3 min 20 s", "12 s".
QString durationText(std::int64_t seconds);

} // namespace qs
