// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Conv(x, W, b) ──► BatchNormalization        ⇒   Conv(x, a·W, a·b + c)
//   Conv(x, W, b) ──► Mul / Div / Add / Sub by a constant for each channel
//
// The same for ConvTranspose and Gemm. The second node must be the only reader of the first, which must not
// be a graph output. BatchNormalization is y = s·(x - mean)/sqrt(var + eps) + B, so a = s/sqrt(var + eps), c
// = B - a·mean (Ioffe and Szegedy 2015; ONNX BatchNormalization in inference mode). Computed in double.
#include "core/base/paramspec.h"
#include "core/passes/channelmath.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

#include <cmath>

namespace qs {
namespace {

/// y[c] = scale[c] * x[c] + shift[c]
struct Affine
{
    std::vector<double> scale;
    std::vector<double> shift;
};

Result<std::optional<Affine>> readBatchNorm(const GraphEdit &edit, const onnx::NodeProto &node,
                                            std::size_t channels)
{
    const std::optional<Affine> none;
    // Before opset 14 extra outputs, from then on an attribute, ask for training behaviour.
    if (node.input_size() != 5 || node.output_size() != 1 || intAttribute(node, "training_mode", 0) != 0
        || intAttribute(node, "spatial", 1) == 0)
        return none;
    std::vector<Tensor> inputs;
    for (int i = 1; i < 5; ++i) {
        QS_TRY(const std::optional<Tensor> constant, edit.constant(node.input(i)));
        if (!constant || constant->type() != DType::Float32 || constant->size() != channels)
            return none;
        inputs.push_back(*constant);
    }
    const double epsilon = static_cast<double>(floatAttribute(node, "epsilon", 1e-5F));
    Affine affine;
    for (std::size_t c = 0; c < channels; ++c) {
        const double a = static_cast<double>(inputs[0].floats()[c])
            / std::sqrt(static_cast<double>(inputs[3].floats()[c]) + epsilon);
        affine.scale.push_back(a);
        affine.shift.push_back(static_cast<double>(inputs[1].floats()[c])
                               - a * static_cast<double>(inputs[2].floats()[c]));
    }
    return std::optional(affine);
}

/// \a constant as one number a channel of a value of rank \a rank with its channels in dimension \a axis.
std::optional<std::vector<double>> perChannel(const Tensor &constant, std::size_t channels, int rank,
                                              int axis)
{
    if (constant.type() != DType::Float32)
        return std::nullopt;
    const auto values = constant.floats();
    if (values.size() == 1 && static_cast<int>(constant.shape().size()) <= rank)
        return std::vector<double>(channels, static_cast<double>(values[0]));
    const auto fromRight
        = static_cast<std::size_t>(rank - axis); // numpy broadcasting aligns the last dimensions
    const Shape &shape = constant.shape();
    if (values.size() != channels || static_cast<int>(shape.size()) > rank || shape.size() < fromRight
        || shape[shape.size() - fromRight] != static_cast<std::int64_t>(channels))
        return std::nullopt;
    return std::vector<double>(values.begin(), values.end());
}

Result<std::optional<Affine>> readArithmetic(const GraphEdit &edit, const onnx::NodeProto &node,
                                             const std::string &value, std::size_t channels, int rank)
{
    const std::optional<Affine> none;
    if (node.input_size() != 2)
        return none;
    const bool constantFirst = node.input(1) == value;
    if (constantFirst && node.input(0) == value)
        return none;
    QS_TRY(const std::optional<Tensor> constant, edit.constant(node.input(constantFirst ? 0 : 1)));
    if (!constant)
        return none;
    const auto numbers = perChannel(*constant, channels, rank, 1);
    if (!numbers)
        return none;
    Affine affine {std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0)};
    for (std::size_t c = 0; c < channels; ++c) {
        const double k = (*numbers)[c];
        if (isOp(node, "Mul")) {
            affine.scale[c] = k;
        } else if (isOp(node, "Div") && !constantFirst) {
            affine.scale[c] = 1.0 / k;
        } else if (isOp(node, "Add")) {
            affine.shift[c] = k;
        } else if (isOp(node, "Sub")) {
            affine.scale[c] = constantFirst ? -1.0 : 1.0;
            affine.shift[c] = constantFirst ? k : -k;
        } else {
            return none;
        }
    }
    return std::optional(affine);
}

/// Folds \a affine into \a weighted; false when a result is not finite.
bool fold(GraphEdit &edit, const WeightedNode &weighted, const Affine &affine)
{
    const auto channels = static_cast<std::size_t>(weighted.channels);
    std::vector<float> weight(weighted.weight.size());
    const auto oldWeight = weighted.weight.floats();
    bool finite = true;
    forEachWeight(weighted, [&](std::size_t i, std::size_t channel) {
        weight[i] = static_cast<float>(static_cast<double>(oldWeight[i]) * affine.scale[channel]);
        finite = finite && std::isfinite(weight[i]);
    });
    std::vector<float> bias(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        const double old = weighted.bias ? static_cast<double>(weighted.bias->floats()[c]) : 0.0;
        bias[c] = static_cast<float>(old * affine.scale[c] + affine.shift[c]);
        finite = finite && std::isfinite(bias[c]);
    }
    if (!finite)
        return false;
    setWeights(edit, weighted, Tensor::fromFloats(weighted.weight.shape(), weight),
               Tensor::fromFloats({weighted.channels}, bias));
    return true;
}

/// Folds the only reader of node \a id into it, if it can be; true when something changed.
Result<bool> foldNext(GraphEdit &edit, NodeId id, PassReport &report)
{
    const onnx::NodeProto &node = edit.node(id);
    if (isOp(node, "MatMul") || node.output_size() != 1 || edit.isGraphOutput(node.output(0)))
        return false;
    const std::string value = node.output(0);
    const std::vector<Use> uses = edit.uses(value);
    if (uses.size() != 1 || uses[0].input < 0)
        return false;
    const NodeId nextId = uses[0].node;
    const onnx::NodeProto &next = edit.node(nextId);
    const bool isBatchNorm = isOp(next, "BatchNormalization") && uses[0].input == 0;
    if (!isBatchNorm && !isOp(next, "Mul") && !isOp(next, "Div") && !isOp(next, "Add") && !isOp(next, "Sub"))
        return false;
    QS_TRY(const std::optional<WeightedNode> weighted, readWeightedNode(edit, id));
    if (!weighted)
        return false;
    const auto channels = static_cast<std::size_t>(weighted->channels);
    const int rank = static_cast<int>(weighted->weight.shape().size());
    QS_TRY(const std::optional<Affine> affine,
           isBatchNorm ? readBatchNorm(edit, next, channels)
                       : readArithmetic(edit, next, value, channels, rank));
    if (!affine)
        return false;
    if (!fold(edit, *weighted, *affine)) {
        report.findings.push_back(
            {Severity::Warning, "fold-not-finite", edit.layerName(nextId),
             sentence(QS_TR_NOOP("Sentence", "not folded into %1: the weights would not be finite"),
                      {edit.layerName(id)})});
        return false;
    }
    const std::string result = next.output(0);
    edit.removeNode(nextId);
    edit.setOutput(id, 0, result);
    edit.removeValueInfo(value);
    return true;
}

Status foldAffine(GraphEdit &edit, const PassContext &, PassReport &report, JobContext &job)
{
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        while (edit.isAlive(id)) {
            QS_TRY(const bool changed, foldNext(edit, id, report));
            if (!changed)
                break;
            ++report.changes;
        }
    }
    return Done {};
}

} // namespace

void register_foldaffinepass(PassRegistry &registry)
{
    registry.add({.id = "fold-affine",
                  .title = QS_TR_NOOP("Pass", "Fold batch normalization, scale and bias into weights"),
                  .phase = PassPhase::Prepare,
                  .order = 30,
                  .apply = foldAffine});
}

} // namespace qs
