// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphview.h"
#include "core/model/integerclip.h"
#include "core/model/integerops.h"
#include "core/model/model.h"

namespace qs {

/// A place where a model says on which grid some integers are: a QuantizeLinear or DequantizeLinear (of ONNX
/// or com.microsoft), or an operand of an integer operator.
struct GridUse
{
    enum class Kind { Quantize, Dequantize, Operand };

    Kind kind = Kind::Quantize;
    OperandRole role = OperandRole::Data; ///< of an Operand
    NodeId node;
    std::string integers; ///< value that holds them, behind the Clip where there is one
    std::string real; ///< what QuantizeLinear reads, what DequantizeLinear makes; empty for an Operand
    std::string scale; ///< value; empty = the operator has none (MatMulInteger) or makes its own
    std::string zeroPoint; ///< value; empty = left out
    DType type = DType::Undefined; ///< of the integers, where the file tells
    std::optional<Shape> shape; ///< of the integers, where they are constant
    std::optional<std::int64_t> axis; ///< as written; null = left out, where 1 is meant
    std::int64_t blockSize = 0; ///< 0 = not in blocks
    std::optional<IntegerClip> clip; ///< of these integers: a grid of fewer bits than their type

    bool operator==(const GridUse &) const = default;
};

/// All of them, nodes in topological order, operands in the order of the operator's inputs.
std::vector<GridUse> findGridUses(const Model &model);

/// The integers that \a use may have: those of its Clip or of its type, which must be a grid's.
QuantLimits limitsOf(const GridUse &use);

/// The numbers of a grid.
struct GridValues
{
    std::vector<float> scales;
    Shape scaleShape;
    std::vector<std::int32_t> zeroPoints; ///< empty = left out, all 0
    Shape zeroPointShape;
    DType zeroPointType = DType::Undefined; ///< Undefined = left out

    bool isPerTensor() const { return scales.size() == 1; }
    bool operator==(const GridValues &) const = default;
};

/// The numbers of \a use; null where they are not constant. Error: damaged tensors, types no grid has.
Result<std::optional<GridValues>> readGrid(const Model &model, const GridUse &use);

/// Dimension of a tensor of \a rank dimensions that \a use's scales go along: its axis, counted from the
/// front. Null for an axis outside of it.
std::optional<std::size_t> gridAxis(const GridUse &use, std::size_t rank);

/// Whether integerAt() can read elements of \a type: integers of 4 to 32 bits, not uint32.
bool isGridType(DType type);
/// Element \a index of a tensor of such a type (asserted).
std::int32_t integerAt(const Tensor &tensor, std::size_t index);

} // namespace qs
