// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/torchmodel.h"

#include "core/trainer/torch/torchtensor.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

constexpr const char *kFakeQuantize = "FakeQuantize";
constexpr const char *kFakeQuantizeBias = "FakeQuantizeBias";
constexpr const char *kBatchStatistics = "BatchStatistics";
/// Share of the old range that a moving average keeps, as in the observers of common frameworks.
constexpr double kMomentum = 0.99;

std::size_t at(int index)
{
    return static_cast<std::size_t>(index);
}

void checkOperators(const TrainGraph &graph)
{
    std::string missing;
    for (const TrainNode &node : graph.nodes) {
        const bool isOurs
            = node.op == kFakeQuantize || node.op == kFakeQuantizeBias || node.op == kBatchStatistics;
        if (isOurs || builtinTrainOps().contains(node.op))
            continue;
        missing += (missing.empty() ? "" : ", ") + node.op + " (" + node.layer + ")";
    }
    TORCH_CHECK_NOT_IMPLEMENTED(missing.empty(), "cannot train through ", missing);
}

/// Undefined for what is fed or computed.
at::Tensor constantOf(const TrainValue &value, at::ScalarType floating)
{
    if (value.constant.isNull())
        return {};
    try {
        return toTorch(value.constant, floating);
    } catch (const c10::Error &error) {
        TORCH_CHECK_NOT_IMPLEMENTED(false, "'", value.name, "': ", error.what_without_backtrace());
    }
}

/// Of the output channels of the weight \a value, in its first reader; none where it is no weight.
std::optional<std::int64_t> channelAxis(const TrainGraph &graph, int value, std::int64_t rank)
{
    int weight = value;
    for (const TrainNode &node : graph.nodes) {
        if (node.op == kFakeQuantize && node.inputs[0] == weight) {
            weight = node.outputs[0];
            continue;
        }
        if (rank < 2 || node.inputs.size() < 2 || node.inputs[1] != weight)
            continue;
        if (node.op == "Conv")
            return 0;
        if (node.op == "ConvTranspose")
            return 1;
        if (node.op == "MatMul")
            return rank - 1;
        if (node.op == "Gemm") {
            const auto turned = node.attributes.find("transB");
            return turned != node.attributes.end() && std::get<std::int64_t>(turned->second) != 0 ? 0 : 1;
        }
    }
    return std::nullopt;
}

std::vector<int> countReaders(const TrainGraph &graph)
{
    std::vector<int> count(graph.values.size());
    for (const TrainNode &node : graph.nodes) {
        for (const int input : node.inputs) {
            if (input >= 0)
                ++count[at(input)];
        }
    }
    return count;
}

/// Whether the grid moves with what passes through it where ranges are not learned.
bool follows(const TrainGrid &grid)
{
    return !grid.isWeight && !grid.fixed;
}

} // namespace

TorchModel::TorchModel(const TrainGraph &graph, const TrainerOptions &options)
    : m_graph(graph)
    , m_floating(options.doublePrecision ? at::kDouble : at::kFloat)
    , m_readers(countReaders(graph))
{
    checkOperators(graph);
    for (TrainValue &value : m_graph.values) {
        m_start.push_back(constantOf(value, m_floating));
        m_leaves.push_back(value.trainable ? m_start.back().clone().requires_grad_(true) : at::Tensor());
        m_units.push_back(value.trainable ? at::ones({}, m_start.back().options()) : at::Tensor());
        value.constant = {}; // two copies are enough
    }
    for (const TrainGrid &grid : graph.grids)
        m_grids.emplace_back(grid, m_floating);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const TrainNode &node = graph.nodes[n];
        if (node.op == kFakeQuantize && follows(graph.grids[at(node.grid)]))
            m_ranges[static_cast<int>(n)] = rangeAtStart(m_grids[at(node.grid)]);
        if (node.op != kBatchStatistics)
            continue;
        const NormalizedLayer layer = normalizedLayer(graph, n);
        if (leaf(layer.weight).defined() && leaf(layer.bias).defined())
            m_statistics.emplace(static_cast<int>(n), BatchStatistics(leaf(layer.bias).numel(), m_floating));
    }
    learnGrids(true);
}

void TorchModel::setTrained(int value, const at::Tensor &tensor)
{
    at::NoGradGuard guard;
    at::Tensor &leaf = m_leaves[at(value)];
    TORCH_CHECK(leaf.defined() && leaf.sizes() == tensor.sizes(), "'", m_graph.values[at(value)].name,
                "' has another shape");
    leaf.copy_(tensor / m_units[at(value)]);
}

at::Tensor TorchModel::trained(int value) const
{
    return (m_leaves[at(value)].detach() * m_units[at(value)]).detach();
}

/// Of the value training started from: root mean square of each output channel where it is a weight; else the
/// median magnitude, as a folded BatchNorm leaves some channels biases beyond all others.
at::Tensor TorchModel::sizeOf(int value) const
{
    // A value that starts at 0 has no size; this is what biases commonly have.
    constexpr double kUsual = 0.1;
    // A channel of zeros may grow, slowly.
    constexpr double kSmallest = 1.0 / 1024;
    const at::Tensor &start = m_start[at(value)];
    const at::Tensor squares = start.square();
    const std::optional<std::int64_t> axis = channelAxis(m_graph, value, start.dim());
    const at::Tensor middle = axis ? squares.mean() : squares.flatten().median();
    const double whole = std::sqrt(middle.to(at::kDouble).item<double>());
    if (!(whole > 0) || !std::isfinite(whole))
        return at::full({}, kUsual, start.options());
    if (!axis)
        return at::full({}, whole, start.options());
    std::vector<std::int64_t> others;
    for (std::int64_t d = 0; d < start.dim(); ++d) {
        if (d != *axis)
            others.push_back(d);
    }
    return squares.mean(others, true).sqrt().clamp_min(whole * kSmallest);
}

void TorchModel::setRelative(bool on)
{
    at::NoGradGuard guard;
    for (std::size_t v = 0; v < m_leaves.size(); ++v) {
        if (!m_leaves[v].defined())
            continue;
        const int value = static_cast<int>(v);
        const at::Tensor now = trained(value);
        m_units[v] = on ? sizeOf(value).log2().round().exp2() : at::ones({}, now.options());
        setTrained(value, now);
    }
}

void TorchModel::learnGrids(bool on)
{
    for (LearnedGrid &grid : m_grids) {
        grid.delta = grid.delta.detach().requires_grad_(on && !grid.start.fixed);
        grid.zero = grid.zero.detach().requires_grad_(on && grid.learnsZero);
    }
}

void TorchModel::clampGrids()
{
    for (LearnedGrid &grid : m_grids)
        grid.clampToLimits();
}

std::vector<at::Tensor> TorchModel::weights() const
{
    std::vector<at::Tensor> result;
    std::copy_if(m_leaves.begin(), m_leaves.end(), std::back_inserter(result),
                 [](const at::Tensor &t) { return t.defined() && t.requires_grad() && t.dim() > 1; });
    return result;
}

std::vector<at::Tensor> TorchModel::biases() const
{
    std::vector<at::Tensor> result;
    std::copy_if(m_leaves.begin(), m_leaves.end(), std::back_inserter(result),
                 [](const at::Tensor &t) { return t.defined() && t.requires_grad() && t.dim() <= 1; });
    return result;
}

std::vector<at::Tensor> TorchModel::scales() const
{
    std::vector<at::Tensor> result;
    for (const LearnedGrid &grid : m_grids) {
        if (grid.delta.requires_grad())
            result.push_back(grid.delta);
    }
    return result;
}

std::vector<at::Tensor> TorchModel::zeroPoints() const
{
    std::vector<at::Tensor> result;
    for (const LearnedGrid &grid : m_grids) {
        if (grid.zero.requires_grad())
            result.push_back(grid.zero);
    }
    return result;
}

TorchModel::Values TorchModel::fed(std::span<const Tensor> inputs) const
{
    TORCH_CHECK(inputs.size() == m_graph.inputs.size(), "expects ", m_graph.inputs.size(), " inputs, not ",
                inputs.size());
    Values values;
    for (const Tensor &input : inputs)
        values.push_back(toTorch(input, m_floating));
    return values;
}

at::Tensor TorchModel::constantFor(int value, TrainMode mode) const
{
    const at::Tensor &leaf = m_leaves[at(value)];
    return mode == TrainMode::Float || !leaf.defined() ? m_start[at(value)] : leaf * m_units[at(value)];
}

at::Tensor TorchModel::normalized(const TrainNode &node, const at::Tensor &x, TrainMode mode)
{
    const auto it = m_statistics.find(static_cast<int>(&node - m_graph.nodes.data()));
    if (it == m_statistics.end())
        return x;
    if (m_collects)
        it->second.collect(x);
    return m_normalizes && mode != TrainMode::Float ? it->second.normalized(x) : x;
}

void TorchModel::collectStatistics(const Values &inputs, TrainMode mode)
{
    at::NoGradGuard guard;
    m_collects = true;
    forward(inputs, mode, m_graph.outputs);
    m_collects = false;
}

void TorchModel::foldStatistics()
{
    at::NoGradGuard guard;
    for (auto &[index, statistics] : m_statistics) {
        const NormalizedLayer layer = normalizedLayer(m_graph, at(index));
        const auto [factor, shift] = statistics.fold();
        const at::Tensor weight = trained(layer.weight);
        std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
        shape[static_cast<std::size_t>(channelAxis(m_graph, layer.weight, weight.dim()).value_or(0))] = -1;
        setTrained(layer.weight, weight * factor.reshape(shape));
        setTrained(layer.bias, trained(layer.bias) * factor + shift);
        // The same integers, where each channel has a scale.
        if (layer.grid >= 0 && m_grids[at(layer.grid)].base.numel() == factor.numel())
            m_grids[at(layer.grid)].base.mul_(factor);
    }
}

/// Brings the running range of \a node towards \a x, and its grid to where all that share it fit.
void TorchModel::follow(const TrainNode &node, const at::Tensor &x)
{
    observe(x, m_ranges.at(static_cast<int>(&node - m_graph.nodes.data())), kMomentum);
    std::vector<at::Tensor> sharing;
    for (const auto &[other, range] : m_ranges) {
        if (m_graph.nodes[at(other)].grid == node.grid)
            sharing.push_back(range);
    }
    fitGrid(m_grids[at(node.grid)], sharing);
}

TorchModel::Values TorchModel::compute(const TrainNode &node, const Values &values, TrainMode mode)
{
    Values inputs;
    for (const int input : node.inputs)
        inputs.push_back(input < 0 ? at::Tensor() : values[at(input)]);
    if (node.op == kFakeQuantize || node.op == kFakeQuantizeBias) {
        if (mode == TrainMode::Float)
            return inputs;
        LearnedGrid &grid = m_grids[at(node.grid)];
        if (node.op == kFakeQuantizeBias)
            return {fakeQuantizeBias(inputs[0], m_grids[at(node.inputGrid)].scale(), grid.scale())};
        if (mode == TrainMode::Observing && follows(grid.start))
            follow(node, inputs[0]);
        return {fakeQuantize(inputs[0], grid)};
    }
    if (node.op == kBatchStatistics)
        return {normalized(node, inputs[0], mode)};
    return builtinTrainOps().at(node.op)({node, inputs, m_graph.opset, m_floating});
}

TorchModel::Values TorchModel::forward(const Values &inputs, TrainMode mode, std::span<const int> wanted)
{
    Values values(m_graph.values.size());
    for (std::size_t v = 0; v < values.size(); ++v)
        values[v] = constantFor(static_cast<int>(v), mode);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        values[at(m_graph.inputs[i])] = inputs[i];
    std::vector<int> left = m_readers;
    for (const int value : wanted)
        ++left[at(value)];
    for (const TrainNode &node : m_graph.nodes) {
        Values results;
        try {
            results = compute(node, values, mode);
        } catch (const c10::Error &error) {
            TORCH_CHECK(false, node.op, " (", node.layer, "): ", error.what_without_backtrace());
        } catch (const std::out_of_range &) {
            TORCH_CHECK(false, node.op, " (", node.layer, "): an input or a number is missing");
        }
        for (std::size_t o = 0; o < std::min(results.size(), node.outputs.size()); ++o) {
            if (node.outputs[o] >= 0)
                values[at(node.outputs[o])] = std::move(results[o]);
        }
        // What nobody reads any more is let go, but for what the gradient needs.
        for (const int input : node.inputs) {
            if (input >= 0 && --left[at(input)] == 0)
                values[at(input)] = at::Tensor();
        }
    }
    Values result;
    for (const int value : wanted)
        result.push_back(values[at(value)]);
    return result;
}

} // namespace qs
