// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphedit.h"

namespace qs {

/// A Conv of which everything it reads is behind a DequantizeLinear: weights (int8 around zero) and bias
/// behind one of their own.
struct IntegerConv
{
    NodeId node;
    NodeId data; ///< DequantizeLinear
    NodeId weight; ///< DequantizeLinear
    std::optional<NodeId> bias; ///< DequantizeLinear
    Shape weightShape; ///< [outputs, inputs / groups, kernel …]
    std::int64_t groups = 1;

    std::int64_t outputs() const { return weightShape[0]; }
    std::int64_t inputs() const { return weightShape[1] * groups; }
    bool isDepthwise() const { return groups > 1 && weightShape[1] == 1 && outputs() == groups; }
};

/// Null when \a id is something else. Error when a constant cannot be read.
Result<std::optional<IntegerConv>> readIntegerConv(const GraphEdit &edit, NodeId id);

/// Gives \a conv input channels whose weights are zero, \a wanted altogether. Needs groups == 1.
Status padInputs(GraphEdit &edit, const IntegerConv &conv, std::int64_t wanted);
/// Gives \a conv output channels that are zero, \a wanted altogether; a depthwise one as many groups.
Status padOutputs(GraphEdit &edit, const IntegerConv &conv, std::int64_t wanted);

} // namespace qs
