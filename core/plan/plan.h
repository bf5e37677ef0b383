// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/finding.h"
#include "core/tensor/quantmath.h"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <string>
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

    bool operator==(const TensorPlan &) const = default;
};

/// What becomes of one node.
struct NodePlan
{
    std::string layer; ///< GraphView::layerName
    std::string op;
    bool quantized = false; ///< runs in integers, on its own or as part of its producer
    bool absorbed = false; ///< an activation that the output grid of its producer carries out
    Text reason; ///< "integer kernel", "kept float: Softmax is faster in float on this target"

    bool operator==(const NodePlan &) const = default;
};

/// What was decided, tensor by tensor and node by node; nodes in topological order.
struct Plan
{
    std::string strategy;
    std::string target;
    std::vector<NodePlan> nodes;
    std::map<std::string, TensorPlan> tensors;
    std::vector<Finding> findings;

    bool operator==(const Plan &) const = default;
};

/// Key of Plan::tensors for the int32 bias of \a layer; the bias initializer itself may serve several layers.
std::string biasKey(const std::string &layer);

nlohmann::json toJson(const Plan &plan);
const char *toString(TensorRole role);

} // namespace qs
