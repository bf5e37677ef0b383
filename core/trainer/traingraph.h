// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/quantmath.h"
#include "core/tensor/tensor.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// A network as a trainer needs it: plain data that knows neither ONNX nor what trains it, so that both sides
/// of the module's border can be built without the other's libraries.
namespace qs {

using TrainAttribute
    = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>, Tensor>;

/// An operator of ONNX's default domain, or one of those below. Two simulate integers, one a normalization
/// that was folded:
///   FakeQuantize      inputs {x}: x rounded to and saturated at grid \c grid
///   FakeQuantizeBias  inputs {b}: b rounded to int32 steps of scale(inputGrid) * scale(grid), zero point 0
///   BatchStatistics   inputs {y}, of a Conv or Gemm with a bias: y; while batch statistics are in use, each
///                     channel (dimension 1) normalized to the mean and deviation it has in the float model
struct TrainNode
{
    std::string layer; ///< GraphView::layerName; of what is only simulated, the value's name
    std::string op;
    std::vector<int> inputs; ///< indices of TrainGraph::values; -1 = left out
    std::vector<int> outputs;
    std::map<std::string, TrainAttribute> attributes;
    int grid = -1; ///< index of TrainGraph::grids
    int inputGrid = -1;
};

struct TrainValue
{
    std::string name;
    Tensor constant; ///< null for what is fed or computed
    bool trainable = false; ///< a float constant that training may change
};

/// Integers that values are rounded to: x̂ = (clamp(round(x / s) + z, min, max) - z) · s.
struct TrainGrid
{
    std::string tensor; ///< that owns it; others may share it
    bool isWeight = false;
    std::optional<int> axis; ///< scales run along it
    QuantScheme scheme;
    QuantLimits limits;
    std::vector<ScaleZeroPoint> params; ///< one, or one a channel
    bool fixed = false; ///< given by the operator (Sigmoid) or the user: never learned
    /// Real values the grid must stay within, where it does the work of a Relu or Clip.
    float lowest = -std::numeric_limits<float>::infinity();
    float highest = std::numeric_limits<float>::infinity();
};

struct TrainGraph
{
    std::int64_t opset = 0;
    std::vector<TrainValue> values;
    std::vector<TrainNode> nodes; ///< in topological order
    std::vector<TrainGrid> grids;
    std::vector<int> inputs; ///< values that are fed
    std::vector<int> outputs;

    /// -1 when there is none of that name.
    int findValue(const std::string &name) const;
};

} // namespace qs
