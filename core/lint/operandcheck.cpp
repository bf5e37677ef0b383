// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A sum, product or concatenation becomes an integer kernel only if every operand comes from a
// DequantizeLinear.
#include "core/lint/lint.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

/// Where pairs stand around operators, a QuantizeLinear behind one says that it is meant to be an integer
/// kernel; where they stand on inputs, one of its operands does.
bool isMeantInteger(const LintInput &input, NodeId id)
{
    if (input.options.target->gridPlacement == GridPlacement::OnInputs)
        return true;
    const onnx::NodeProto &end = input.view().node(input.graph.groupEnd(id));
    return end.output_size() > 0 && !input.graph.quantizers(end.output(0)).empty();
}

/// Where pairs stand on inputs, one term of a sum goes without: a layer with weights makes it, for nobody
/// else, and takes the sum into its kernel. A pair between the two would keep it from that.
bool isTakenIn(const LintInput &input, NodeId id, const std::string &operand)
{
    const auto producer = input.view().producer(operand);
    if (input.options.target->gridPlacement != GridPlacement::OnInputs || !producer
        || !isOp(input.view().node(id), "Add") || input.view().uses(operand).size() != 1
        || input.view().isGraphOutput(operand))
        return false;
    return std::ranges::any_of(input.graph.weighted(), [&](const WeightedOperator &weighted) {
        return weighted.node == *producer && weighted.isQuantized();
    });
}

void checkOperands(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    for (const NodeId id : input.view().topologicalOrder()) {
        job.throwIfStopped();
        const onnx::NodeProto &node = input.view().node(id);
        if (!isOp(node, node.op_type().c_str()) || !input.options.target->integerOps.contains(node.op_type()))
            continue;
        const std::vector<std::string> operands = input.graph.dataInputs(id);
        const auto missing = std::find_if(operands.begin(), operands.end(),
                                          [&](const auto &v) { return !input.graph.dequantizer(v); });
        const auto there = std::find_if(operands.begin(), operands.end(),
                                        [&](const auto &v) { return input.graph.dequantizer(v) != nullptr; });
        if (missing == operands.end() || there == operands.end())
            continue;
        const bool isWeighted
            = isOp(node, "Conv") || isOp(node, "ConvTranspose") || isOp(node, "Gemm") || isOp(node, "MatMul");
        if (isWeighted && input.graph.isConstant(*missing))
            continue; // a layer that was kept in float
        if (isWeighted && input.graph.dequantizer(node.input(1))
            && input.graph.constantShape(*input.graph.dequantizer(node.input(1)))) {
            if (isOp(node, "Conv") || isOp(node, "ConvTranspose"))
                findings.push_back(
                    {Severity::Info, "weights-only", input.view().layerName(id),
                     sentence(QS_TR_NOOP("Sentence",
                                         "only its weights are quantized: the file is smaller, and it runs "
                                         "in float; quantize its input too"))});
            continue; // products of float with small weights have kernels of their own
        }
        if (isMeantInteger(input, id) && !isTakenIn(input, id, *missing))
            findings.push_back(
                {Severity::Warning, "operand-in-float", input.view().layerName(id),
                 sentence(QS_TR_NOOP("Sentence",
                                     "%1 does not come from a DequantizeLinear as the other operands do, so "
                                     "it runs in float; quantize that too"),
                          {*missing})});
    }
}

} // namespace

void register_operandcheck(LintRegistry &registry)
{
    registry.add({.id = "operands", .needsTarget = true, .apply = checkOperands});
}

} // namespace qs
