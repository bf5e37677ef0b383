// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphedit.h"

namespace qs {

/// The constant weight and bias of a Conv, ConvTranspose, Gemm or MatMul, and where its output channels are.
struct WeightedNode
{
    NodeId node;
    int weightInput = 1;
    Tensor weight; ///< float32
    int channelAxis = 0; ///< of weight: Conv 0, Gemm transB=1 0, Gemm / MatMul 1, ConvTranspose 1
    std::int64_t channels = 0; ///< output channels
    std::int64_t groups = 1; ///< ConvTranspose: channel = group * (channels / groups) + index on the axis
    std::optional<Tensor> bias; ///< float32, [channels]; broadcast forms of Gemm's C are spread out
};

/// Reads node \a id; null when it is none of these, its weight is not a float32 constant, or its bias is not
/// one number a channel. Gemm with transA or alpha / beta other than 1 is null as well.
Result<std::optional<WeightedNode>> readWeightedNode(const GraphEdit &edit, NodeId id);

/// Output channel of each element of weight.weight: calls visit(elementIndex, channel).
template <typename Visit> void forEachWeight(const WeightedNode &weighted, Visit visit)
{
    const Shape &shape = weighted.weight.shape();
    const auto axis = static_cast<std::size_t>(weighted.channelAxis);
    std::int64_t inner = 1;
    for (std::size_t d = axis + 1; d < shape.size(); ++d)
        inner *= shape[d];
    const std::int64_t onAxis = shape[axis];
    const std::int64_t block = inner * onAxis;
    const auto total = static_cast<std::int64_t>(weighted.weight.size());
    // Only ConvTranspose has groups on another axis (0) than its channels (1).
    const std::int64_t blocksPerGroup
        = block > 0 ? std::max<std::int64_t>(total / block / weighted.groups, 1) : 1;
    for (std::int64_t i = 0; i < total; ++i) {
        const std::int64_t group = i / block / blocksPerGroup;
        const std::int64_t channel = i / inner % onAxis + (weighted.groups > 1 ? group * onAxis : 0);
        visit(static_cast<std::size_t>(i), static_cast<std::size_t>(channel));
    }
}

/// Replaces weight and bias of \a weighted by new initializers; \a bias must have `channels` elements.
void setWeights(GraphEdit &edit, const WeightedNode &weighted, const Tensor &weight, const Tensor &bias);

} // namespace qs
