// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/exclusions.h"

#include <string_view>

namespace qs {

Result<LayerPattern> LayerPattern::make(const std::string &text)
{
    LayerPattern pattern;
    pattern.m_text = text;
    try {
        pattern.m_expression.assign(text);
    } catch (const std::regex_error &) {
        return Error {ErrorCode::InvalidArgument, "exclude '" + text + "'", "not a regular expression"};
    }
    return pattern;
}

Result<std::vector<NodeId>> LayerPattern::matchesIn(const GraphView &graph) const
{
    std::vector<NodeId> found;
    for (const NodeId id : graph.topologicalOrder()) {
        try {
            if (std::regex_search(graph.layerName(id), m_expression))
                found.push_back(id);
        } catch (const std::regex_error &) {
            return Error {ErrorCode::InvalidArgument, "exclude '" + m_text + "'",
                          "too complex for the name of layer '" + graph.layerName(id) + "'"};
        }
    }
    return found;
}

std::string exactPattern(const std::string &layer)
{
    std::string pattern = "^";
    for (const char c : layer) {
        if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos)
            pattern += '\\';
        pattern += c;
    }
    return pattern + "$";
}

namespace {

Status excludeMatches(const GraphView &graph, const std::string &text, std::set<NodeId> &excluded)
{
    QS_TRY(const LayerPattern pattern, LayerPattern::make(text));
    QS_TRY(const std::vector<NodeId> found, pattern.matchesIn(graph));
    if (found.empty())
        return Error {ErrorCode::NotFound, "exclude '" + text + "'", "matches no layer"};
    excluded.insert(found.begin(), found.end());
    return Done {};
}

} // namespace

Result<std::set<NodeId>> excludedNodes(const GraphView &graph, const Recipe &recipe)
{
    std::set<NodeId> excluded;
    for (const std::string &pattern : recipe.exclude)
        QS_CHECK(excludeMatches(graph, pattern, excluded));
    for (const TensorOverride &entry : recipe.overrides) {
        const auto producer = graph.producer(entry.tensor);
        if (!producer && !graph.isGraphInput(entry.tensor))
            return Error {ErrorCode::NotFound, "override '" + entry.tensor + "'",
                          "no such tensor in the model"};
        if (!entry.keepFloat)
            continue;
        if (producer)
            excluded.insert(*producer);
        for (const Use &use : graph.uses(entry.tensor))
            excluded.insert(use.node);
    }
    return excluded;
}

} // namespace qs
