// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphview.h"
#include "core/model/model.h"
#include "core/tensor/quantmath.h"

namespace qs {

/// A quantized activation inside a model: the integers and the grid they are on.
struct IntegerValue
{
    std::string value;
    DType type = DType::Undefined;
    QuantLimits limits; ///< the type's, or narrower where a Clip follows
    std::vector<NodeId> clips; ///< these Clip nodes, each right behind what makes integers
    ScaleZeroPoint params;
    std::string scaleName;
    std::string zeroPointName; ///< empty: uint8 and 0
    std::vector<NodeId> quantizers; ///< the QuantizeLinear that makes it; empty for an integer operator
    std::string floatValue; ///< what that reads
    std::vector<std::string> names; ///< what the float value may be called elsewhere, best guess first

    bool operator==(const IntegerValue &) const = default;
};

/// Every activation that \a model holds as integers with constant per-tensor parameters, in topological
/// order: outputs of QuantizeLinear, of the QLinear operators (ONNX and com.microsoft), and of operators that
/// pass such integers on.
Result<std::vector<IntegerValue>> findIntegerValues(const Model &model);

} // namespace qs
