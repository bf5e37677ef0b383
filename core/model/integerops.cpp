// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/integerops.h"

#include "core/model/graphview.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace qs {
namespace {

constexpr std::string_view kOnnx;
constexpr std::string_view kMicrosoft = "com.microsoft";

struct IntegerOp
{
    std::string_view domain;
    std::string_view op;
    std::array<IntegerOperand, 4> operands; ///< data -1 ends the list, except for Result
};

constexpr IntegerOperand data(int value, int scale, int zeroPoint)
{
    return {OperandRole::Data, value, scale, zeroPoint};
}
constexpr IntegerOperand weight(int value, int scale, int zeroPoint)
{
    return {OperandRole::Weight, value, scale, zeroPoint};
}
constexpr IntegerOperand bias(int value)
{
    return {OperandRole::Bias, value, -1, -1};
}
constexpr IntegerOperand result(int scale, int zeroPoint)
{
    return {OperandRole::Result, 0, scale, zeroPoint};
}

// Input numbers: onnx/docs/Operators.md; onnxruntime/docs/ContribOperators.md.
constexpr std::array kIntegerOps {
    IntegerOp {kOnnx, "QLinearConv", {data(0, 1, 2), weight(3, 4, 5), bias(8), result(6, 7)}},
    IntegerOp {kOnnx, "QLinearMatMul", {data(0, 1, 2), weight(3, 4, 5), result(6, 7)}},
    IntegerOp {kOnnx, "ConvInteger", {data(0, -1, 2), weight(1, -1, 3)}},
    IntegerOp {kOnnx, "MatMulInteger", {data(0, -1, 2), weight(1, -1, 3)}},
    IntegerOp {kMicrosoft, "QLinearConv", {data(0, 1, 2), weight(3, 4, 5), bias(8), result(6, 7)}},
    IntegerOp {kMicrosoft, "QGemm", {data(0, 1, 2), weight(3, 4, 5), bias(6), result(7, 8)}},
    IntegerOp {kMicrosoft, "QLinearAdd", {data(0, 1, 2), data(3, 4, 5), result(6, 7)}},
    IntegerOp {kMicrosoft, "QLinearMul", {data(0, 1, 2), data(3, 4, 5), result(6, 7)}},
    IntegerOp {kMicrosoft, "QLinearWhere", {data(1, 2, 3), data(4, 5, 6), result(7, 8)}},
    IntegerOp {kMicrosoft, "QLinearSigmoid", {data(0, 1, 2), result(3, 4)}},
    IntegerOp {kMicrosoft, "QLinearLeakyRelu", {data(0, 1, 2), result(3, 4)}},
    IntegerOp {kMicrosoft, "QLinearSoftmax", {data(0, 1, 2), result(3, 4)}},
    IntegerOp {kMicrosoft, "QLinearAveragePool", {data(0, 1, 2), result(3, 4)}},
    IntegerOp {kMicrosoft, "QLinearGlobalAveragePool", {data(0, 1, 2), result(3, 4)}},
    IntegerOp {kMicrosoft, "QLinearReduceMean", {data(0, 1, 2), result(3, 4)}},
    IntegerOp {kMicrosoft, "MatMulIntegerToFloat", {data(0, 2, 4), weight(1, 3, 5)}},
    IntegerOp {kMicrosoft, "DynamicQuantizeMatMul", {weight(1, 2, 3)}},
    IntegerOp {kMicrosoft, "DynamicQuantizeLSTM", {weight(1, 8, 9), weight(2, 10, 11)}},
    IntegerOp {kMicrosoft, "QAttention", {data(0, 3, 6), weight(1, 4, 7)}},
    IntegerOp {kMicrosoft, "MatMulNBits", {weight(1, 2, 3)}},
    IntegerOp {kMicrosoft, "GatherBlockQuantized", {weight(0, 2, 3)}},
};

std::string_view domainOf(const onnx::NodeProto &node)
{
    return node.domain() == "ai.onnx" ? kOnnx : std::string_view(node.domain());
}

/// QLinearConcat(Y_scale, Y_zero_point, then for each input X, X_scale, X_zero_point).
std::vector<IntegerOperand> concatOperands(const onnx::NodeProto &node)
{
    std::vector<IntegerOperand> operands;
    for (int i = 2; i + 1 < node.input_size(); i += 3)
        operands.push_back(data(i, i + 1, i + 2));
    operands.push_back(result(0, 1));
    return operands;
}

} // namespace

std::vector<IntegerOperand> integerOperands(const onnx::NodeProto &node)
{
    if (domainOf(node) == kMicrosoft && node.op_type() == "QLinearConcat")
        return concatOperands(node);
    const auto it = std::find_if(kIntegerOps.begin(), kIntegerOps.end(), [&](const IntegerOp &op) {
        return op.op == node.op_type() && op.domain == domainOf(node);
    });
    std::vector<IntegerOperand> operands;
    if (it == kIntegerOps.end())
        return operands;
    for (const IntegerOperand &operand : it->operands) {
        const bool isThere = operand.role == OperandRole::Result ? node.output_size() > 0
                                                                 : !inputAt(node, operand.data).empty();
        if (isThere)
            operands.push_back(operand);
    }
    return operands;
}

bool isQuantizeLinear(const onnx::NodeProto &node)
{
    return node.op_type() == "QuantizeLinear" && (domainOf(node) == kOnnx || domainOf(node) == kMicrosoft);
}

bool isDequantizeLinear(const onnx::NodeProto &node)
{
    return node.op_type() == "DequantizeLinear" && (domainOf(node) == kOnnx || domainOf(node) == kMicrosoft);
}

std::string inputAt(const onnx::NodeProto &node, int index)
{
    return index >= 0 && index < node.input_size() ? node.input(index) : std::string();
}

} // namespace qs
