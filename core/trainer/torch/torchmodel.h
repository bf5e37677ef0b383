// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/torch/batchstatistics.h"
#include "core/trainer/torch/fakequant.h"
#include "core/trainer/torch/trainop.h"
#include "core/trainer/trainingengine.h"

#include <map>

namespace qs {

/// A TrainGraph computed by libtorch. Methods of this class throw c10::Error; guarded() in torchengine.cpp
/// turns that into an Error at the module's border.
class TorchModel
{
public:
    TorchModel(const TrainGraph &graph, const TrainerOptions &options);

    using Values = std::vector<at::Tensor>;
    /// The values \a wanted, which may also be constants or fed ones.
    Values forward(const Values &inputs, TrainMode mode, std::span<const int> wanted);
    Values fed(std::span<const Tensor> inputs) const;

    const TrainGraph &graph() const { return m_graph; }
    at::ScalarType floating() const { return m_floating; }
    at::Tensor trained(int value) const; ///< as trained so far; no gradient
    void setTrained(int value, const at::Tensor &tensor);
    /// What the optimizer moves: the trained value in units of \ref unit.
    at::Tensor leaf(int value) const { return m_leaves[static_cast<std::size_t>(value)]; }
    at::Tensor unit(int value) const { return m_units[static_cast<std::size_t>(value)]; }
    /// Whether units are 1 or, of each output channel, the size its weights had at the start.
    void setRelative(bool on);
    LearnedGrid &grid(int index) { return m_grids[static_cast<std::size_t>(index)]; }
    const LearnedGrid &grid(int index) const { return m_grids[static_cast<std::size_t>(index)]; }
    void learnGrids(bool on); ///< whether gradients reach scales and zero points
    void clampGrids();

    std::vector<at::Tensor> weights() const; ///< trainable leaves with two or more dimensions
    std::vector<at::Tensor> biases() const; ///< the other trainable leaves
    std::vector<at::Tensor> scales() const; ///< deltas of grids that are learned
    std::vector<at::Tensor> zeroPoints() const;

    /// Running ranges (minimum, maximum) of TrainMode::Observing, by the node that rounds.
    const std::map<int, at::Tensor> &ranges() const { return m_ranges; }

    /// By the node BatchStatistics.
    std::map<int, BatchStatistics> &statistics() { return m_statistics; }
    const std::map<int, BatchStatistics> &statistics() const { return m_statistics; }
    void useBatchStatistics(bool on) { m_normalizes = on; }
    void collectStatistics(const Values &inputs, TrainMode mode);
    void foldStatistics();

private:
    at::Tensor normalized(const TrainNode &node, const at::Tensor &x, TrainMode mode);
    void follow(const TrainNode &node, const at::Tensor &x);
    at::Tensor constantFor(int value, TrainMode mode) const;
    at::Tensor sizeOf(int value) const;
    Values compute(const TrainNode &node, const Values &values, TrainMode mode);

    TrainGraph m_graph;
    at::ScalarType m_floating;
    std::vector<int> m_readers; ///< nodes that read each value
    Values m_start; ///< constants, as given
    Values m_leaves; ///< where trainable
    Values m_units; ///< where trainable; powers of two, so that nothing is lost
    std::vector<LearnedGrid> m_grids;
    /// By node, not by grid: what shares a grid is to fit into it together, not on average.
    std::map<int, at::Tensor> m_ranges;
    std::map<int, BatchStatistics> m_statistics;
    bool m_normalizes = false;
    bool m_collects = false;
};

} // namespace qs
