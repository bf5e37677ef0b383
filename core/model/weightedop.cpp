// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/weightedop.h"

#include "core/model/graphview.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>

namespace qs {
namespace {

enum class Kind { Conv, ConvTranspose, Gemm, MatMul, NBits };

struct WeightedOp
{
    const char *domain;
    const char *op;
    Kind kind;
    int data;
    int weight;
    int bias; ///< -1 = has none
    bool isQuantized; ///< weights are integers and come with scales
};

// Input positions: onnx/docs/Operators.md and onnxruntime/docs/ContribOperators.md.
constexpr const char *kMicrosoft = "com.microsoft";
constexpr std::array kWeightedOps = {
    WeightedOp {"", "Conv", Kind::Conv, 0, 1, 2, false},
    WeightedOp {"", "ConvTranspose", Kind::ConvTranspose, 0, 1, 2, false},
    WeightedOp {"", "Gemm", Kind::Gemm, 0, 1, 2, false},
    WeightedOp {"", "MatMul", Kind::MatMul, 0, 1, -1, false},
    WeightedOp {"", "QLinearConv", Kind::Conv, 0, 3, 8, true},
    WeightedOp {"", "QLinearMatMul", Kind::MatMul, 0, 3, -1, true},
    WeightedOp {"", "ConvInteger", Kind::Conv, 0, 1, -1, true},
    WeightedOp {"", "MatMulInteger", Kind::MatMul, 0, 1, -1, true},
    WeightedOp {kMicrosoft, "FusedConv", Kind::Conv, 0, 1, 2, false},
    WeightedOp {kMicrosoft, "FusedGemm", Kind::Gemm, 0, 1, 2, false},
    WeightedOp {kMicrosoft, "FusedMatMul", Kind::MatMul, 0, 1, -1, false},
    WeightedOp {kMicrosoft, "QGemm", Kind::Gemm, 0, 3, 6, true},
    WeightedOp {kMicrosoft, "DynamicQuantizeMatMul", Kind::MatMul, 0, 1, 4, true},
    WeightedOp {kMicrosoft, "MatMulIntegerToFloat", Kind::MatMul, 0, 1, 6, true},
    WeightedOp {kMicrosoft, "MatMulNBits", Kind::NBits, 0, 1, 5, true},
};

const WeightedOp *findOp(const onnx::NodeProto &node)
{
    const std::string domain = node.domain() == "ai.onnx" ? std::string() : node.domain();
    const auto it = std::find_if(kWeightedOps.begin(), kWeightedOps.end(), [&](const WeightedOp &op) {
        return node.op_type() == op.op && domain == op.domain;
    });
    return it == kWeightedOps.end() ? nullptr : &*it;
}

std::string inputAt(const onnx::NodeProto &node, int index)
{
    return index >= 0 && index < node.input_size() ? node.input(index) : std::string();
}

/// a * b, or 0 when one is unknown (not positive) or the product does not fit.
std::int64_t product(std::int64_t a, std::int64_t b)
{
    std::int64_t result = 0;
    return a > 0 && b > 0 && !__builtin_mul_overflow(a, b, &result) ? result : 0;
}

std::int64_t countOneSample(Shape shape)
{
    if (!shape.empty() && shape[0] < 0)
        shape[0] = 1;
    return elementCount(shape);
}

/// Length of the dimension that a product sums over, seen from its first operand.
std::int64_t summedOver(const onnx::NodeProto &node, const Shape &data)
{
    const bool transposed = intAttribute(node, "transA", 0) != 0;
    if (data.empty())
        return 0;
    return transposed && data.size() > 1 ? data[data.size() - 2] : data.back();
}

} // namespace

bool hasWeight(const onnx::NodeProto &node, const std::function<bool(const std::string &)> &isConstant)
{
    const WeightedOp *op = findOp(node);
    if (!op)
        return false;
    const auto constantAt = [&](int index) {
        const std::string input = inputAt(node, index);
        return !input.empty() && isConstant(input);
    };
    return constantAt(op->weight) || (op->kind == Kind::MatMul && constantAt(op->data));
}

bool isNormalization(const onnx::NodeProto &node)
{
    return isOp(node, "LayerNormalization") || isOp(node, "InstanceNormalization");
}

std::int64_t countMacs(const onnx::NodeProto &node,
                       const std::function<std::optional<TensorType>(const std::string &)> &typeOf)
{
    const WeightedOp *op = findOp(node);
    if (!op || node.output_size() == 0)
        return 0;
    const auto output = typeOf(node.output(0));
    const auto data = typeOf(inputAt(node, op->data));
    const auto weight = typeOf(inputAt(node, op->weight));
    const std::int64_t outputs = output ? countOneSample(output->shape) : 0;
    switch (op->kind) {
    case Kind::Conv: // weight: M x C/group x kernel
        if (!weight || weight->shape.empty() || weight->shape[0] <= 0)
            return 0;
        return product(outputs, elementCount(weight->shape) / weight->shape[0]);
    case Kind::ConvTranspose: // weight: C x M/group x kernel; every input element is spread by it
        if (!data || !weight || weight->shape.empty() || weight->shape[0] <= 0)
            return 0;
        return product(countOneSample(data->shape), elementCount(weight->shape) / weight->shape[0]);
    case Kind::Gemm:
    case Kind::MatMul:
        return data ? product(outputs, summedOver(node, data->shape)) : 0;
    case Kind::NBits:
        return product(outputs, intAttribute(node, "K", 0));
    }
    return 0;
}

std::int64_t parametersIn(const onnx::NodeProto &node, int input, const Shape &shape)
{
    const WeightedOp *op = findOp(node);
    if (op && op->kind == Kind::NBits && input == op->weight) // packed into bytes
        return product(intAttribute(node, "N", 0), intAttribute(node, "K", 0));
    return std::max<std::int64_t>(0, elementCount(shape));
}

bool isParameter(const onnx::NodeProto &node, int input, DType type)
{
    if (isOp(node, "Gather") && input == 0 && (type == DType::Int8 || type == DType::UInt8))
        return true; // a table of embeddings
    if (isOp(node, "DequantizeLinear"))
        return input == 0;
    if (isOp(node, "QuantizeLinear"))
        return input == 0 && isFloatingPoint(type);
    if (const WeightedOp *op = findOp(node); op && op->isQuantized)
        return input == op->weight || input == op->bias || (op->kind == Kind::MatMul && input == op->data);
    return isFloatingPoint(type);
}

} // namespace qs
