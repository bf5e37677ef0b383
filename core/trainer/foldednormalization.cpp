// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/foldednormalization.h"

#include "core/model/graphview.h"

#include <onnx/onnx_pb.h>

namespace qs {

std::set<std::string> foldedNormalizations(const Model &source, const Model &prepared)
{
    std::set<std::string> folded;
    const GraphView &before = source.graph();
    const GraphView &after = prepared.graph();
    for (const NodeId id : after.topologicalOrder()) {
        const onnx::NodeProto &node = after.node(id);
        if ((!isOp(node, "Conv") && !isOp(node, "Gemm")) || node.output_size() != 1)
            continue;
        // The layer took over the output of what was folded into it.
        const auto producer = before.producer(node.output(0));
        if (producer && isOp(before.node(*producer), "BatchNormalization"))
            folded.insert(node.output(0));
    }
    return folded;
}

} // namespace qs
