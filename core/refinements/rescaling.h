// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/passes/channelmath.h"
#include "core/plan/rescale.h"

namespace qs {

/// Where the channels of a weight are: input and output channel of each of its elements.
struct WeightChannels
{
    std::vector<std::int32_t> input;
    std::vector<std::int32_t> output;
    std::int64_t inputs = 0; ///< channels of the node's data input
};
/// Of a node that readWeightedNode() takes; empty when groups do not divide its channels.
WeightChannels weightChannels(const onnx::NodeProto &node, const WeightedNode &weighted);

/// Measures channels of \a model in other units, one of \a rescales after the other, and writes down in the
/// metadata how. The upper limit of a Clip is divided by Rescale::limitFactor, which is right for channels
/// with that factor and for those that stay below the limit anyway. Error Runtime when a rescale does not
/// fit.
Result<ModelPtr> applyRescales(const ModelPtr &model, const std::vector<Rescale> &rescales);

} // namespace qs
