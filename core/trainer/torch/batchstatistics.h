// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/traingraph.h"

#include <ATen/ATen.h>

namespace qs {

/// A batch normalization that was folded into the layer before it, brought back for training: scale and shift
/// are the deviation and mean that the layer's channels had in the float model, and each batch is normalized
/// by its own. Folding again makes the layer compute on average what that did ("folded with correction",
/// Krishnamoorthi 2018, "Quantizing deep convolutional networks for efficient inference", 3.2.2).
struct BatchStatistics
{
    BatchStatistics(std::int64_t channels, at::ScalarType floating);

    /// \a x, [N, C, …], with each channel at mean and deviation.
    at::Tensor normalized(const at::Tensor &x) const;
    void collect(const at::Tensor &x); ///< adds means and variances of one batch
    /// Ends collecting: what was seen is what batches are normalized to.
    void keep();
    /// Ends collecting: y · factor + shift is on average what normalized(y) is, channel by channel.
    struct Affine
    {
        at::Tensor factor;
        at::Tensor shift;
    };
    Affine fold();

    at::Tensor mean; ///< [C]
    at::Tensor deviation;

private:
    void clear();

    at::Tensor m_means; ///< sums over rows
    at::Tensor m_variances;
    double m_rows = 0;
};

/// The layer behind whose output node \a index, a BatchStatistics, stands: what folding changes.
struct NormalizedLayer
{
    int weight = -1; ///< values
    int bias = -1;
    int grid = -1; ///< of the weight; -1 = not rounded
};
NormalizedLayer normalizedLayer(const TrainGraph &graph, std::size_t index);

} // namespace qs
