// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/channelmath.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

/// \a tensor as one float a channel; null when its shape does not broadcast along the last of a [..,
/// channels] output.
std::optional<Tensor> spreadBias(const Tensor &tensor, std::int64_t channels)
{
    if (tensor.type() != DType::Float32)
        return std::nullopt;
    const auto count = static_cast<std::int64_t>(tensor.size());
    if (count == channels && (tensor.shape().empty() || tensor.shape().back() == channels))
        return tensor.reshaped({channels});
    if (count != 1)
        return std::nullopt;
    return Tensor::fromFloats({channels},
                              std::vector<float>(static_cast<std::size_t>(channels), tensor.floats()[0]));
}

bool isPlainGemm(const onnx::NodeProto &node)
{
    return intAttribute(node, "transA", 0) == 0 && floatAttribute(node, "alpha", 1.F) == 1.F
        && floatAttribute(node, "beta", 1.F) == 1.F;
}

} // namespace

Result<std::optional<WeightedNode>> readWeightedNode(const GraphEdit &edit, NodeId id)
{
    const std::optional<WeightedNode> none;
    const onnx::NodeProto &node = edit.node(id);
    WeightedNode weighted {.node = id, .weight = {}, .bias = {}};
    const bool isConv = isOp(node, "Conv");
    const bool isTransposed = isOp(node, "ConvTranspose");
    const bool isGemm = isOp(node, "Gemm");
    if (!(isConv || isTransposed || isOp(node, "MatMul") || (isGemm && isPlainGemm(node)))
        || node.input_size() < 2)
        return none;
    QS_TRY(const std::optional<Tensor> weight, edit.constant(node.input(1)));
    if (!weight || weight->type() != DType::Float32 || weight->size() == 0)
        return none;
    weighted.weight = *weight;
    const Shape &shape = weight->shape();
    if (isConv || isTransposed) {
        if (shape.size() < 3)
            return none;
        weighted.groups = isTransposed ? std::max<std::int64_t>(intAttribute(node, "group", 1), 1) : 1;
        weighted.channelAxis = isTransposed ? 1 : 0;
        if (isTransposed && shape[0] % weighted.groups != 0)
            return none;
    } else {
        if (shape.size() != 2)
            return none;
        weighted.channelAxis = isGemm && intAttribute(node, "transB", 0) != 0 ? 0 : 1;
    }
    weighted.channels = shape[static_cast<std::size_t>(weighted.channelAxis)] * weighted.groups;
    if (node.input_size() > 2 && !node.input(2).empty()) {
        QS_TRY(const std::optional<Tensor> bias, edit.constant(node.input(2)));
        weighted.bias = bias ? spreadBias(*bias, weighted.channels) : std::nullopt;
        if (!weighted.bias)
            return none;
    }
    return std::optional(std::move(weighted));
}

void setWeights(GraphEdit &edit, const WeightedNode &weighted, const Tensor &weight, const Tensor &bias)
{
    // New names: the old initializers may serve other nodes too; dead code goes later.
    const onnx::NodeProto &node = edit.node(weighted.node);
    const std::string weightName = edit.uniqueName(node.input(1) + "_folded");
    const std::string biasName = edit.uniqueName(node.output(0) + "_bias");
    edit.setInitializer(weightName, weight);
    edit.setInitializer(biasName, bias);
    edit.setInput(weighted.node, 1, weightName);
    edit.setInput(weighted.node, 2, biasName);
}

} // namespace qs
