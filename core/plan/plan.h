// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/finding.h"
#include "core/plan/rescale.h"
#include "core/targets/channelmultiples.h"
#include "core/tensor/blockquant.h"
#include "core/tensor/quantmath.h"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace qs {

enum class TensorRole { Activation, Weight, Bias };

/// How one tensor will be quantized, and why so.
struct TensorPlan
{
    std::string tensor;
    TensorRole role = TensorRole::Activation;
    QuantScheme scheme;
    std::vector<Range> ranges; ///< one, or one a channel
    std::vector<ScaleZeroPoint> params; ///< parallel to ranges
    std::vector<float>
        shift; ///< bias correction, one a channel, added before a bias is quantized; may be empty
    std::optional<int> axis; ///< channel axis when per-channel
    std::string sharedWith; ///< tensor whose parameters it took over; empty = its own
    Text reason; ///< "entropy over 200 samples", "same as x: MaxPool keeps the grid"
    /// One bit a weight, lowest first: round up instead of down. Empty = to nearest.
    std::vector<std::uint8_t> roundUp;
    std::optional<BlockScheme> blocks; ///< weights with a scale a block; ranges and params then say nothing

    bool operator==(const TensorPlan &) const = default;
};

/// How a node will compute.
enum class NodeForm {
    Float,
    Integer, ///< on grids from calibration: all its data inputs are quantized
    Moves, ///< integers pass through unseen; its output shares the grid of its input
    Absorbed, ///< Relu / Clip that the output grid of its producer carries out
    Dynamic, ///< integer weights; its input is quantized while the model runs
    WeightOnly, ///< weights in blocks of few bits, arithmetic in float
    IntegerTable, ///< Gather from an integer table; the rows it reads are dequantized
};

/// What a file says the integers with.
enum class FileFormat {
    Qdq, ///< float operators between QuantizeLinear / DequantizeLinear pairs
    QOperator, ///< operators on integers: QLinearConv, QLinearMatMul, com.microsoft.QLinearAdd …
};

/// What becomes of one node.
struct NodePlan
{
    std::string layer; ///< GraphView::layerName
    std::string op;
    NodeForm form = NodeForm::Float;
    Text reason; ///< "integer kernel", "kept float: Softmax is faster in float on this target"

    bool isQuantized() const { return form != NodeForm::Float; }
    bool operator==(const NodePlan &) const = default;
};

/// What was decided, tensor by tensor and node by node; nodes in topological order.
struct Plan
{
    std::string strategy;
    std::string target;
    FileFormat format = FileFormat::Qdq;
    int accuracyLevel = 0; ///< MatMulNBits: 0 = float, 4 = inputs rounded to 8 bits
    bool blocksInPairs = false; ///< blocks of weights behind DequantizeLinear (opset 21), not in MatMulNBits
    ChannelMultiples channelMultiples; ///< that convolutions are filled up to
    std::vector<NodePlan> nodes;
    std::map<std::string, TensorPlan> tensors;
    std::vector<Rescale> rescales; ///< what was done to the prepared model before planning, in order
    std::vector<Finding> findings;

    std::set<std::string> layersOf(NodeForm form) const;
    bool operator==(const Plan &) const = default;
};

/// Key of Plan::tensors for the int32 bias of \a layer; the bias initializer itself may serve several layers.
std::string biasKey(const std::string &layer);

nlohmann::json toJson(const Plan &plan);
const char *toString(TensorRole role);
const char *toString(NodeForm form);
const char *toString(FileFormat format); ///< "qdq", "qoperator"
std::optional<NodeForm> nodeFormFromString(std::string_view name);

} // namespace qs
