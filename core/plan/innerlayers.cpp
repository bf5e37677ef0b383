// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/innerlayers.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <set>

namespace qs {
namespace {

/// Its own nodes only: GraphView lists graphs at any depth.
int countLayers(const onnx::GraphProto &graph)
{
    static const std::set<std::string> kOps = {"Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU"};
    return static_cast<int>(std::ranges::count_if(graph.node(), [](const onnx::NodeProto &node) {
        return isOp(node, node.op_type().c_str()) && kOps.contains(node.op_type());
    }));
}

} // namespace

InnerLayers innerLayers(const GraphView &graph)
{
    InnerLayers found;
    for (const auto &[owner, inner] : graph.subGraphs()) {
        const int count = countLayers(*inner);
        if (count > 0 && found.count == 0)
            found.owner = graph.layerName(owner);
        found.count += count;
    }
    return found;
}

bool hasSubGraphs(const GraphView &graph, NodeId id)
{
    return std::ranges::any_of(graph.subGraphs(), [&](const auto &item) { return item.first == id; });
}

std::string wayOut(const GraphView &graph, const std::string &advice)
{
    const InnerLayers inner = innerLayers(graph);
    if (inner.count == 0)
        return advice;
    return "its layers are inside of '" + inner.owner
        + "', and sub-graphs stay float: export each branch as a model of its own";
}

} // namespace qs
