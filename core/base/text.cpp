// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"

#include <string_view>

namespace qs {
namespace {

void replaceAll(std::string &text, std::string_view what, const std::string &with)
{
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

} // namespace

Text::Text(std::string literal)
    : pattern(std::move(literal))
{ }

Text::Text(const char *literal)
    : pattern(literal)
{ }

std::string Text::str() const
{
    if (!isSentence)
        return pattern;
    std::string english = pattern;
    if (count) {
        replaceAll(english, "(s)", *count == 1 ? "" : "s");
        replaceAll(english, "%n", std::to_string(*count));
    }
    std::vector<std::string> values;
    values.reserve(arguments.size());
    for (const Text &argument : arguments)
        values.push_back(argument.str());
    return filledIn(english, values);
}

Text sentence(std::string pattern, std::vector<Text> arguments)
{
    Text text(std::move(pattern));
    text.arguments = std::move(arguments);
    text.isSentence = true;
    return text;
}

Text countedSentence(std::string pattern, int count, std::vector<Text> arguments)
{
    Text text = sentence(std::move(pattern), std::move(arguments));
    text.count = count;
    return text;
}

std::string filledIn(const std::string &pattern, const std::vector<std::string> &values)
{
    std::string line;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool isPlace
            = pattern[i] == '%' && i + 1 < pattern.size() && pattern[i + 1] >= '1' && pattern[i + 1] <= '9';
        const auto index = isPlace ? static_cast<std::size_t>(pattern[i + 1] - '1') : values.size();
        if (index < values.size()) {
            line += values[index];
            ++i;
        } else {
            line += pattern[i];
        }
    }
    return line;
}

} // namespace qs
