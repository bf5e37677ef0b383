// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/shapes.h"

#include <functional>
#include <optional>

namespace onnx {
class NodeProto;
}

namespace qs {

/// Whether \a node is one of Conv, ConvTranspose, Gemm, MatMul, or an integer or fused form of them, with a
/// weight for which \a isConstant is true (for MatMul either operand).
bool hasWeight(const onnx::NodeProto &node, const std::function<bool(const std::string &)> &isConstant);

/// LayerNormalization and InstanceNormalization: a factor (input 1) and a bias (input 2) for each channel.
bool isNormalization(const onnx::NodeProto &node);

/// Multiply-accumulates of one run: for a convolution, output elements x input channels of a group x kernel
/// size; for a product, output elements x length of the dimension summed over. An unknown batch counts as 1;
/// 0 when a shape that is needed is unknown or \a node multiplies nothing.
std::int64_t countMacs(const onnx::NodeProto &node,
                       const std::function<std::optional<TensorType>(const std::string &)> &typeOf);

/// Whether the constant at \a input, of type \a type, is a parameter that was learnt: weights and biases in
/// any type for operators that take them quantized, else everything of floating type.
bool isParameter(const onnx::NodeProto &node, int input, DType type);
/// How many numbers the constant at \a input of \a node, of \a shape, stands for: bytes may hold several.
std::int64_t parametersIn(const onnx::NodeProto &node, int input, const Shape &shape);

} // namespace qs
