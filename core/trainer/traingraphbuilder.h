// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"
#include "core/plan/plan.h"
#include "core/trainer/traingraph.h"

#include <set>

namespace qs {

/// The prepared model as a trainer takes it. With \a plan, values, weights and biases that will be integers
/// are rounded where QuantizeLinear would round them; grids that tensors share are one grid. Weights and
/// biases of Conv, ConvTranspose, Gemm and MatMul (also one added behind a MatMul), normalisation and
/// embedding tables are trainable; the statistics of a BatchNormalization that was not folded are not. \a
/// fixed: activations whose range the user set by hand, never learned. \a normalized: outputs of layers
/// behind which BatchStatistics are wanted. Errors: a graph with sub-graphs (If, Loop); damaged constants.
Result<TrainGraph> makeTrainGraph(const Model &prepared, const Plan *plan,
                                  const std::set<std::string> &fixed = {},
                                  const std::set<std::string> &normalized = {});

/// Where the grid of \a tensor comes from: itself, or whose parameters it took over.
std::string gridOwner(const Plan &plan, const std::string &tensor);

/// Weights as trained, in place of the model's; a bias used by several layers becomes one for each.
struct TrainedValue
{
    std::string name; ///< TrainValue::name
    Tensor value;
};
Result<ModelPtr> withTrainedValues(const Model &prepared, const std::vector<TrainedValue> &values);

/// \a plan on the grids as learned, parallel to \a graph.grids; corrections of biases and choices of rounding
/// are gone, as training took both over.
Plan withTrainedGrids(const Plan &plan, const TrainGraph &graph,
                      const std::vector<std::vector<ScaleZeroPoint>> &grids, const Text &reason);

} // namespace qs
