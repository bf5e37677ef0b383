// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphedit.h"
#include "core/plan/plan.h"

namespace qs {

/// Names of an integer value and of the initializers that say what it means.
struct QuantizedValue
{
    std::string data;
    std::string scale;
    std::string zeroPoint; ///< empty = 0
    std::string domain; ///< of the operators: "com.microsoft" for types that the model's opset lacks
    std::optional<int> axis; ///< scale and zero point are vectors along it
};

/// Adds the scale and zero-point initializers "<base>_scale" and "<base>_zero_point" of \a plan.
QuantizedValue addGrid(GraphEdit &edit, const std::string &base, const TensorPlan &plan);

/// Adds DequantizeLinear(value) and returns its output, "<base>_DequantizeLinear_Output" or, when \a output
/// is given, that. Needs opset 13 when value.axis is set.
std::string addDequantize(GraphEdit &edit, const std::string &base, const QuantizedValue &value,
                          const std::string &output = {});

/// Adds QuantizeLinear of the float value \a input into value.data.
void addQuantize(GraphEdit &edit, const std::string &base, const std::string &input,
                 const QuantizedValue &value);

/// The same on a grid of fewer bits than its type: QuantizeLinear saturates at the ends of the type, so a
/// Clip to \a scheme's limits follows. Needs opset kIntegerClipOpset.
void addClippedQuantize(GraphEdit &edit, const std::string &base, const std::string &input,
                        const QuantizedValue &value, const QuantScheme &scheme);

/// Clip takes 8-bit integers from here on (onnx/docs/Changelog.md).
constexpr std::int64_t kIntegerClipOpset = 12;

} // namespace qs
