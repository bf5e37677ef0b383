// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/calibration/statistics.h"
#include "core/model/layertable.h"
#include "core/plan/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace qs {

/// What RangePlot shows of one layer's output, in the tensor's own unit.
struct LayerRange
{
    std::string layer;
    std::string op;
    Range extent; ///< observed minimum and maximum
    std::optional<Range> band; ///< where the middle 99.8 % of the values lie
    std::optional<Range> clip; ///< the range it is quantized over

    bool operator==(const LayerRange &) const = default;
};

/// Layers whose first output was observed, in the order of \a layers. \a plan may be null.
std::vector<LayerRange> layerRanges(const std::vector<Layer> &layers, const Statistics &statistics,
                                    const Plan *plan);

/// Range of each output channel of the constant weight of \a layer: Conv, ConvTranspose, Gemm, MatMul.
/// NotFound when there is no such layer, InvalidArgument when it has no constant weight.
Result<std::vector<Range>> weightRanges(const Model &model, const std::string &layer);

} // namespace qs
