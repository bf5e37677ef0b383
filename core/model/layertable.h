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
    std::vector<std::string> inputs; ///< activation inputs, constants left out
    std::vector<std::string> outputs;
    std::vector<Shape> inputShapes; ///< parallel to inputs; empty shape = unknown
    std::vector<Shape> outputShapes;
    std::int64_t parameters = 0; ///< elements of its constant inputs of floating type
    std::int64_t macs = 0; ///< multiply-accumulates for one run; 0 = none or unknown
    bool isWeighted = false; ///< Conv, ConvTranspose, Gemm, MatMul with a constant operand

    bool operator==(const Layer &) const = default;
};

/// One entry a node, in topological order.
std::vector<Layer> makeLayerTable(const Model &model, const ShapeMap &shapes);

} // namespace qs
