// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/shapes.h"

namespace qs {

/// What a user wants to know of one node.
struct Layer
{
    std::string name; ///< GraphView::layerName
    std::string op;
    std::string domain; ///< empty = ONNX
    std::string attributes; ///< "kernel_shape=3,3 strides=2,2", sorted by name
    std::vector<std::string> inputs; ///< activation inputs; constants and what is computed from them left out
    std::vector<std::string> outputs;
    std::vector<std::optional<Shape>> inputShapes; ///< parallel to inputs; null = unknown
    std::vector<std::optional<Shape>> outputShapes;
    /// Elements of its constant inputs of floating type; for quantized operators, of their weights and biases
    /// and not their scales. What several nodes share counts for the first, so that the sum is the model's.
    std::int64_t parameters = 0;
    std::int64_t macs = 0; ///< multiply-accumulates for one run; 0 = none or unknown
    /// Conv, ConvTranspose, Gemm, MatMul, or an integer or fused form, with an operand that is constant or
    /// computed from constants.
    bool isWeighted = false;

    bool operator==(const Layer &) const = default;
};

/// One entry a node, in topological order.
std::vector<Layer> makeLayerTable(const Model &model, const ShapeMap &shapes);

} // namespace qs
