// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/numbertext.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace qs {
namespace {

QString translate(const char *text)
{
    return QCoreApplication::translate("Numbers", text);
}

QString infinityText(double value)
{
    return value > 0 ? QStringLiteral("∞") : QStringLiteral("−∞");
}

} // namespace

QString unknownText()
{
    return QStringLiteral("–");
}

QString numberText(double value, int significant)
{
    if (std::isnan(value))
        return unknownText();
    if (std::isinf(value))
        return infinityText(value);
    return QLocale().toString(value, 'g', significant);
}

QString fixedText(double value, int decimals)
{
    if (std::isnan(value))
        return unknownText();
    if (std::isinf(value))
        return infinityText(value);
    return QLocale().toString(value, 'f', decimals);
}

QString countText(std::int64_t value)
{
    return QLocale().toString(static_cast<qlonglong>(value));
}

QString compactText(std::int64_t value)
{
    constexpr std::array prefixes {"", "k", "M", "G", "T", "P"};
    auto scaled = static_cast<double>(value);
    std::size_t prefix = 0;
    while (std::abs(scaled) >= 999.5 && prefix + 1 < prefixes.size()) {
        scaled /= 1000;
        ++prefix;
    }
    return prefix == 0 ? countText(value)
                       : QStringLiteral("%1 %2").arg(numberText(scaled, 3), QLatin1String(prefixes[prefix]));
}

QString decibelText(double value)
{
    if (std::isnan(value))
        return unknownText();
    if (std::isinf(value) && value > 0)
        return translate("∞ dB (equal)");
    return translate("%1 dB").arg(fixedText(value, 1));
}

QString percentText(double percent)
{
    if (std::isnan(percent))
        return unknownText();
    const double away = std::min(std::abs(percent), std::abs(100 - percent));
    int decimals = 1;
    while (away > 0 && decimals < 4 && away < std::pow(10, -decimals))
        ++decimals;
    return translate("%1 %").arg(fixedText(percent, away == 0 ? 0 : decimals));
}

QString bytesText(std::uint64_t bytes)
{
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1, QLocale::DataSizeSIFormat);
}

QString millisecondsText(double value)
{
    return translate("%1 ms").arg(numberText(value, 3));
}

QString durationText(std::int64_t seconds)
{
    if (seconds >= 3600)
        return translate("%1 h %2 min").arg(seconds / 3600).arg(seconds % 3600 / 60, 2, 10, QLatin1Char('0'));
    if (seconds >= 60)
        return translate("%1 min %2 s").arg(seconds / 60).arg(seconds % 60, 2, 10, QLatin1Char('0'));
    return translate("%1 s").arg(seconds);
}

} // namespace qs
