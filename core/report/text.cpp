// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace qs {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD"; // U+FFFD

/// Bytes of the well-formed UTF-8 sequence at the start of \a text, 0 when there is none (Unicode 15, table
/// 3-7: no overlong forms, no surrogates).
std::size_t sequenceLength(std::string_view text)
{
    const auto byte
        = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto isNext = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return isNext(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) > 0x9F;
        return isNext(1) && isNext(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(1) < 0x90;
        const bool tooLarge = first == 0xF4 && byte(1) > 0x8F;
        return isNext(1) && isNext(2) && isNext(3) && !overlong && !tooLarge ? 4 : 0;
    }
    return 0;
}

bool isXmlCharacter(std::string_view sequence)
{
    if (sequence.size() == 1) {
        const auto c = static_cast<unsigned char>(sequence[0]);
        return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0x7F);
    }
    return sequence != "\xEF\xBF\xBE" && sequence != "\xEF\xBF\xBF"; // U+FFFE, U+FFFF
}

std::string numberText(double value, std::chars_format format, int precision)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value > 0 ? "∞" : "−∞";
    std::array<char, 400> buffer {};
    const auto [end, error]
        = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, precision);
    return error == std::errc {} ? std::string(buffer.data(), end) : std::string("?");
}

} // namespace

std::string cleanUtf8(std::string_view bytes)
{
    std::string result;
    result.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = sequenceLength(bytes);
        const std::string_view sequence = bytes.substr(0, length);
        result += length > 0 && isXmlCharacter(sequence) ? sequence : kReplacement;
        bytes.remove_prefix(length > 0 ? length : 1);
    }
    return result;
}

std::string escapeXml(std::string_view text)
{
    std::string result;
    for (const char c : cleanUtf8(text)) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\'':
            result += "&#39;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

std::string csvField(std::string_view text)
{
    std::string field = cleanUtf8(text);
    if (!field.empty() && std::string_view("=+-@\t").find(field[0]) != std::string_view::npos)
        field.insert(0, 1, '\'');
    if (field.find_first_of(",\"\r\n") == std::string::npos)
        return field;
    std::string quoted = "\"";
    for (const char c : field)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

std::string markdownCell(std::string_view text)
{
    std::string result;
    for (const char c : cleanUtf8(text)) {
        if (c == '\n' || c == '\r' || c == '\t')
            result += ' ';
        else if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else if (c == '&')
            result += "&amp;";
        else if (std::string_view("\\`*_[]|#~!").find(c) != std::string_view::npos)
            result += std::string {'\\', c};
        else
            result += c;
    }
    return result;
}

std::string fixed(double value, int decimals)
{
    return numberText(value, std::chars_format::fixed, decimals);
}

std::string compact(double value, int digits)
{
    return numberText(value, std::chars_format::general, digits);
}

std::string percent(double share, int decimals)
{
    return fixed(share * 100, decimals) + " %";
}

std::string percentagePoints(double difference)
{
    const double points = difference * 100;
    const char *sign = points > 0 ? "+" : points < 0 ? "−" : "±";
    return sign + fixed(std::abs(points), 2) + " points";
}

std::string fileSize(std::uint64_t bytes)
{
    if (bytes < 1000)
        return std::to_string(bytes) + " B";
    double value = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    constexpr std::array kUnits {" kB", " MB", " GB", " TB"};
    for (; value >= 999.995 && unit + 1 < kUnits.size(); ++unit)
        value /= 1000;
    return fixed(value, 2) + kUnits[unit];
}

std::string pValue(double p)
{
    return p < 0.0001 ? "p < 0.0001" : "p = " + (p < 0.01 ? fixed(p, 4) : fixed(p, 3));
}

} // namespace qs
