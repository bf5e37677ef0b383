// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/foldedlayers.h"

#include "core/plan/exclusions.h"

#include <onnx/onnx_pb.h>

#include <map>

namespace qs {
namespace {

/// Folding keeps the name of the last value, and a node without a name is known by that.
bool isThere(const onnx::NodeProto &node, const std::string &layer, const GraphView &prepared)
{
    const auto id = prepared.findLayer(layer);
    return id && prepared.node(*id).op_type() == node.op_type();
}

/// The layers of \a prepared that give what \a layer of \a source gave, at the latest after others that are
/// gone as well.
std::set<std::string> successorsOf(NodeId layer, const GraphView &source, const GraphView &prepared)
{
    std::set<std::string> found;
    if (isOp(source.node(layer), "Identity") || isOp(source.node(layer), "Dropout"))
        return found; // what stood behind it is no part of it
    std::set<NodeId> seen {layer};
    std::vector<NodeId> open {layer};
    while (!open.empty()) {
        const NodeId id = open.back();
        open.pop_back();
        for (const std::string &output : source.node(id).output()) {
            if (const auto producer = prepared.producer(output)) {
                found.insert(prepared.layerName(*producer));
                continue;
            }
            for (const Use &use : source.uses(output)) {
                if (!isThere(source.node(use.node), source.layerName(use.node), prepared)
                    && seen.insert(use.node).second)
                    open.push_back(use.node);
            }
        }
    }
    return found;
}

/// Nothing for what is no pattern: excludedNodes() says so.
std::vector<NodeId> matches(const GraphView &graph, const std::string &text)
{
    const auto pattern = LayerPattern::make(text);
    const auto found = pattern.ok() ? pattern->matchesIn(graph) : Result(std::vector<NodeId>());
    return found.ok() ? *found : std::vector<NodeId>();
}

} // namespace

Recipe followFoldedLayers(Recipe recipe, const GraphView &source, const GraphView &prepared, JobContext &job)
{
    std::set<std::string> known; // excluded by the name that they have now
    std::vector<std::string> kept;
    std::map<std::string, std::string> followed; // layer → one that was folded into it
    for (const std::string &pattern : recipe.exclude) {
        job.throwIfStopped();
        const std::vector<NodeId> present = matches(prepared, pattern);
        for (const NodeId id : present)
            known.insert(prepared.layerName(id));
        bool names = false;
        for (const NodeId id : matches(source, pattern)) {
            if (prepared.findLayer(source.layerName(id)))
                continue;
            names = true;
            for (const std::string &layer : successorsOf(id, source, prepared))
                followed.try_emplace(layer, source.layerName(id));
        }
        if (!present.empty() || !names)
            kept.push_back(pattern);
    }
    for (const auto &[layer, folded] : followed) {
        if (known.contains(layer))
            continue;
        kept.push_back(exactPattern(layer));
        job.report({Severity::Info, "excluded-folded", layer,
                    sentence(QS_TR_NOOP("Sentence", "kept float: %1 was folded into it"), {folded})});
    }
    recipe.exclude = std::move(kept);
    return recipe;
}

} // namespace qs
