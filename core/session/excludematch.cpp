// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/excludematch.h"

#include <algorithm>
#include <regex>

namespace qs {

ExcludeMatches matchExcludes(const std::vector<Layer> &layers, const std::vector<std::string> &patterns)
{
    ExcludeMatches matches;
    std::vector<std::regex> expressions;
    for (const std::string &pattern : patterns) {
        try {
            expressions.emplace_back(pattern);
        } catch (const std::regex_error &) {
            matches.invalidPattern = pattern;
            return matches;
        }
    }
    for (const Layer &layer : layers) {
        const bool matched = std::any_of(expressions.begin(), expressions.end(), [&](const std::regex &e) {
            try {
                return std::regex_search(layer.name, e);
            } catch (const std::regex_error &) {
                return false; // too complex for this name; the run says so
            }
        });
        if (matched)
            matches.layers.push_back(layer.name);
    }
    return matches;
}

} // namespace qs
