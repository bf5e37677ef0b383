// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphview.h"
#include "core/model/model.h"
#include "core/tensor/quantmath.h"

namespace qs {

/// Where a grid has fewer bits than its type: QuantizeLinear ──► Clip ──► DequantizeLinear. QuantizeLinear
/// and the QLinear operators saturate at the ends of the type, the Clip at those of the grid.
struct IntegerClip
{
    NodeId node;
    std::string output; ///< value that holds the integers of the grid
    QuantLimits limits;

    bool operator==(const IntegerClip &) const = default;
};

/// The Clip with two constant limits that alone reads the integers \a value; null for anything else.
std::optional<IntegerClip> integerClipBehind(const Model &model, const std::string &value);

} // namespace qs
