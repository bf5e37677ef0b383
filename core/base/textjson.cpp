// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/textjson.h"

#include <nlohmann/json.hpp>

#include <array>
#include <limits>
#include <utility>

namespace qs {

using nlohmann::json;

namespace {

constexpr int kDeepest = 8; // sentences within sentences; our own have three at most
constexpr std::size_t kMostArguments = 9; // %1 … %9

std::string partsKey(const std::string &key)
{
    return key + "_parts";
}

json partsOf(const Text &text)
{
    if (!text.isSentence)
        return text.pattern;
    json parts {{"pattern", text.pattern}};
    for (const Text &argument : text.arguments)
        parts["arguments"].push_back(partsOf(argument));
    if (text.count)
        parts["count"] = *text.count;
    return parts;
}

/// A place that is filled twice would double a line of a damaged file at each level.
bool hasPlaceTwice(const std::string &pattern)
{
    std::array<bool, kMostArguments> seen {};
    for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
        const char digit = pattern[i + 1];
        if (pattern[i] == '%' && digit >= '1' && digit <= '9'
            && std::exchange(seen[static_cast<std::size_t>(digit - '1')], true))
            return true;
    }
    return false;
}

std::optional<Text> textOf(const json &parts, int depth)
{
    if (parts.is_string())
        return Text(parts.get<std::string>());
    const auto pattern = parts.is_object() ? parts.find("pattern") : parts.end();
    if (pattern == parts.end() || !pattern->is_string() || depth == kDeepest)
        return std::nullopt;
    Text text = sentence(pattern->get<std::string>());
    if (hasPlaceTwice(text.pattern))
        return std::nullopt;
    if (const auto count = parts.find("count"); count != parts.end()) {
        if (!count->is_number_integer() || *count < 0 || *count > std::numeric_limits<int>::max())
            return std::nullopt;
        text.count = count->get<int>();
    }
    if (const auto arguments = parts.find("arguments"); arguments != parts.end()) {
        if (!arguments->is_array() || arguments->size() > kMostArguments)
            return std::nullopt;
        for (const json &item : *arguments) {
            std::optional<Text> argument = textOf(item, depth + 1);
            if (!argument)
                return std::nullopt;
            text.arguments.push_back(std::move(*argument));
        }
    }
    return text;
}

} // namespace

void writeText(json &object, const std::string &key, const Text &text)
{
    object[key] = text.str();
    if (text.isSentence)
        object[partsKey(key)] = partsOf(text);
}

Text readText(const json &object, const std::string &key)
{
    const auto line = object.at(key).get<std::string>();
    if (const auto parts = object.find(partsKey(key)); parts != object.end()) {
        if (const std::optional<Text> text = textOf(*parts, 0); text && text->str() == line)
            return *text;
    }
    return line;
}

} // namespace qs
