// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/exclusions.h"

#include <regex>

namespace qs {
namespace {

Status excludeMatches(const GraphView &graph, const std::string &pattern, std::set<NodeId> &excluded)
{
    std::regex expression;
    try {
        expression.assign(pattern);
    } catch (const std::regex_error &) {
        return Error {ErrorCode::InvalidArgument, "exclude '" + pattern + "'", "not a regular expression"};
    }
    bool matched = false;
    for (const NodeId id : graph.topologicalOrder()) {
        if (std::regex_search(graph.layerName(id), expression)) {
            excluded.insert(id);
            matched = true;
        }
    }
    if (!matched)
        return Error {ErrorCode::NotFound, "exclude '" + pattern + "'", "matches no layer"};
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
