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

/// The layer with weights, computed in integers, that makes \a value for one reader, its bias added or not;
/// null when there is none.
const WeightedOperator *layerBehind(const LintInput &input, const std::string &value)
{
    const auto producer = input.view().producer(value);
    if (!producer || input.view().uses(value).size() != 1 || input.view().isGraphOutput(value))
        return nullptr;
    const auto &layers = input.graph.weighted();
    const auto found = std::ranges::find_if(layers, [&](const WeightedOperator &weighted) {
        const bool addsBias
            = isOp(input.view().node(*producer), "Add") && input.graph.groupEnd(weighted.node) == *producer;
        return weighted.isQuantized() && (weighted.node == *producer || addsBias);
    });
    return found == layers.end() ? nullptr : &*found;
}

/// Where pairs stand on inputs, one term of a sum goes without: a layer with weights takes the sum into its
/// kernel, and a pair between the two would keep it from that. Elsewhere products give float at no cost, and
/// what is done with it is better done in float.
bool isFloatOnPurpose(const LintInput &input, NodeId id, const std::string &operand)
{
    const WeightedOperator *layer = layerBehind(input, operand);
    return layer
        && (input.options.target->gridPlacement == GridPlacement::OnInputs
                ? isOp(input.view().node(id), "Add")
                : input.options.target->floatOutputOps.contains(layer->op));
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
        if (isWeighted && input.graph.isConstant(*missing)) {
            if (isMeantInteger(input, id))
                findings.push_back(
                    {Severity::Info, "float-island", input.view().layerName(id),
                     sentence(QS_TR_NOOP("Sentence",
                                         "its weights are in float, so it runs in float, though its input is "
                                         "quantized: quantize its weights too, or take the pairs around it "
                                         "out"))});
            continue;
        }
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
        if (isMeantInteger(input, id) && !isFloatOnPurpose(input, id, *missing))
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
