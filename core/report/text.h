// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Numbers and names as the reports print them; always with a decimal point, whatever the locale.
namespace qs {

/// \a bytes as valid UTF-8 that XML may carry: anything else, also control characters, becomes U+FFFD.
std::string cleanUtf8(std::string_view bytes);
/// cleanUtf8() with & < > " ' replaced: safe in element content and attribute values.
std::string escapeXml(std::string_view text);
/// A field of RFC 4180; text a spreadsheet would take for a formula gets a leading apostrophe.
std::string csvField(std::string_view text);
/// Text for a cell of a Markdown table: one line, nothing that Markdown or HTML would interpret.
std::string markdownCell(std::string_view text);

/// "nan", "∞" or \a value with \a decimals digits after the point.
std::string fixed(double value, int decimals);
/// Up to \a digits significant digits, no trailing zeros: "0.0123", "1.5e-07".
std::string compact(double value, int digits = 4);
std::string percent(double share, int decimals = 2); ///< 0.8045 → "80.45 %"
std::string percentagePoints(double difference); ///< -0.004 → "−0.40 points"
std::string fileSize(std::uint64_t bytes); ///< "1.10 MB" (powers of 1000)
std::string pValue(double p); ///< "p = 0.031", "p < 0.0001"

} // namespace qs
