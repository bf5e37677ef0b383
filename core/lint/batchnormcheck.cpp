// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Conv (integers) ──► BatchNormalization      the second one runs in float and keeps the first from fusing
#include "core/lint/lint.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

/// The node that makes \a value, looked for through a pair of QuantizeLinear and DequantizeLinear.
std::optional<NodeId> makerOf(const QuantGraph &graph, std::string value)
{
    if (const GridUse *dequantizer = graph.dequantizer(value)) {
        const GridUse *quantizer = graph.quantizerOf(dequantizer->integers);
        value = quantizer ? quantizer->real : dequantizer->integers;
    }
    return graph.model().graph().producer(value);
}

void checkBatchNorm(const LintInput &input, std::vector<Finding> &findings, JobContext &)
{
    for (const NodeId id : input.view().topologicalOrder()) {
        const onnx::NodeProto &node = input.view().node(id);
        if (!isOp(node, "BatchNormalization") || node.input_size() < 5
            || !input.graph.isConstant(node.input(1)))
            continue;
        const auto maker = makerOf(input.graph, node.input(0));
        const auto &weighted = input.graph.weighted();
        const auto it = std::find_if(weighted.begin(), weighted.end(),
                                     [&](const WeightedOperator &w) { return maker && w.node == *maker; });
        if (it == weighted.end() || !it->weight)
            continue;
        findings.push_back(
            {Severity::Warning, "batch-norm-not-folded", input.view().layerName(id),
             sentence(QS_TR_NOOP("Sentence",
                                 "it follows the quantized layer %1 and runs in float; fold it into the "
                                 "weights before quantizing"),
                      {input.view().layerName(*maker)})});
    }
}

} // namespace

void register_batchnormcheck(LintRegistry &registry)
{
    registry.add({.id = "batch-norm", .apply = checkBatchNorm});
}

} // namespace qs
