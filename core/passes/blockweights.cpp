// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/blockweights.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

/// \a matrix [rows, columns] as [columns, rows].
std::vector<float> transposed(std::span<const float> matrix, std::size_t rows, std::size_t columns)
{
    std::vector<float> result(matrix.size());
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c)
            result[c * rows + r] = matrix[r * columns + c];
    }
    return result;
}

} // namespace

Result<std::optional<BlockWeight>> blockWeight(const GraphEdit &edit, NodeId id, const Plan &plan)
{
    const std::optional<BlockWeight> none;
    const onnx::NodeProto &node = edit.node(id);
    const auto entry = plan.tensors.find(node.input(1));
    if (entry == plan.tensors.end() || !entry->second.blocks)
        return none;
    QS_TRY(const std::optional<Tensor> weight, edit.constant(node.input(1)));
    if (!weight || weight->shape().size() != 2 || weight->type() != DType::Float32)
        return none;
    BlockWeight made;
    made.name = node.input(1);
    made.isTransposed = isOp(node, "Gemm") && intAttribute(node, "transB", 0) != 0;
    made.outputs = weight->shape()[made.isTransposed ? 0 : 1];
    made.inputs = weight->shape()[made.isTransposed ? 1 : 0];
    made.scheme = *entry->second.blocks;
    const std::vector<float> turned = made.isTransposed
        ? std::vector<float>(weight->floats().begin(), weight->floats().end())
        : transposed(weight->floats(), static_cast<std::size_t>(made.inputs),
                     static_cast<std::size_t>(made.outputs));
    made.blocks = quantizeBlocks(turned, made.outputs, made.inputs, made.scheme);
    return std::optional(std::move(made));
}

} // namespace qs
