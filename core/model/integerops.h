// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace onnx {
class NodeProto;
}

namespace qs {

enum class OperandRole { Data, Weight, Bias, Result };

/// One operand of an operator that computes on integers; numbers of its inputs, -1 = has none.
struct IntegerOperand
{
    OperandRole role = OperandRole::Data;
    int data = -1; ///< the integers; of Result output 0
    int scale = -1;
    int zeroPoint = -1;

    bool operator==(const IntegerOperand &) const = default;
};

/// The operands of \a node that are integers on a grid, when its operator takes such (QLinearConv,
/// MatMulInteger, com.microsoft's QGemm, MatMulNBits …); empty for all others, QuantizeLinear and
/// DequantizeLinear among them.
std::vector<IntegerOperand> integerOperands(const onnx::NodeProto &node);

/// QuantizeLinear / DequantizeLinear of ONNX or of com.microsoft, which had 16 and 4 bits before ONNX did.
bool isQuantizeLinear(const onnx::NodeProto &node);
bool isDequantizeLinear(const onnx::NodeProto &node);

/// Input \a index of \a node; empty when it is left out.
std::string inputAt(const onnx::NodeProto &node, int index);

} // namespace qs
