// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/quantmath.h"
#include "core/tensor/tensor.h"

#include <functional>
#include <optional>

namespace onnx {
class NodeProto;
}

namespace qs {

/// The value of a name where it is constant: Model::constant() or GraphEdit::constant().
using ConstantLookup = std::function<Result<std::optional<Tensor>>(const std::string &name)>;

/// What a Relu or Clip keeps values within, infinite where it sets no limit. Limits are inputs from opset 11
/// on and attributes before. Null when a limit is computed, or for another operator.
std::optional<Range> clippingLimits(const onnx::NodeProto &node, const ConstantLookup &constantOf);

} // namespace qs
