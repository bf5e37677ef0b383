// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/batchstatistics.h"

namespace qs {
namespace {

/// As BatchNormalization has it by default.
constexpr double kEpsilon = 1e-5;
/// Of one folding; a channel that hardly moves has no deviation to speak of.
constexpr double kLargestFactor = 8;

const TrainNode *producerOf(const TrainGraph &graph, int value)
{
    for (const TrainNode &node : graph.nodes) {
        if (!node.outputs.empty() && node.outputs[0] == value)
            return &node;
    }
    return nullptr;
}

} // namespace

BatchStatistics::BatchStatistics(std::int64_t channels, at::ScalarType floating)
    : mean(at::zeros({channels}, at::TensorOptions(floating)))
    , deviation(at::ones({channels}, at::TensorOptions(floating)))
{
    clear();
}

at::Tensor BatchStatistics::normalized(const at::Tensor &x) const
{
    return at::batch_norm(x, deviation, mean, {}, {}, true, 0, kEpsilon, false);
}

void BatchStatistics::collect(const at::Tensor &x)
{
    std::vector<std::int64_t> others;
    for (std::int64_t d = 0; d < x.dim(); ++d) {
        if (d != 1)
            others.push_back(d);
    }
    const auto rows = static_cast<double>(x.size(0));
    const at::Tensor values = x.detach().to(at::kDouble);
    m_means += values.mean(others) * rows;
    m_variances += values.var(others, false) * rows;
    m_rows += rows;
}

void BatchStatistics::keep()
{
    TORCH_CHECK(m_rows > 0, "no batch was seen");
    mean.copy_(m_means / m_rows);
    deviation.copy_((m_variances / m_rows + kEpsilon).sqrt());
    clear();
}

BatchStatistics::Affine BatchStatistics::fold()
{
    TORCH_CHECK(m_rows > 0, "no batch was seen");
    const at::Tensor seen = (m_variances / m_rows + kEpsilon).sqrt();
    const at::Tensor factor
        = (deviation.to(at::kDouble) / seen).clamp(1 / kLargestFactor, kLargestFactor).to(mean.scalar_type());
    const at::Tensor shift = mean - (m_means / m_rows).to(mean.scalar_type()) * factor;
    clear();
    return {factor, shift};
}

void BatchStatistics::clear()
{
    m_means = at::zeros(mean.sizes(), at::kDouble);
    m_variances = at::zeros(mean.sizes(), at::kDouble);
    m_rows = 0;
}

NormalizedLayer normalizedLayer(const TrainGraph &graph, std::size_t index)
{
    const TrainNode *layer = producerOf(graph, graph.nodes[index].inputs[0]);
    TORCH_CHECK(layer && layer->inputs.size() == 3, "batch statistics without a layer");
    NormalizedLayer found {layer->inputs[1], layer->inputs[2], -1};
    if (const TrainNode *rounding = producerOf(graph, found.weight)) {
        found.weight = rounding->inputs[0];
        found.grid = rounding->grid;
    }
    if (const TrainNode *rounding = producerOf(graph, found.bias))
        found.bias = rounding->inputs[0];
    return found;
}

} // namespace qs
