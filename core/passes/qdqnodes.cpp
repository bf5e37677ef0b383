// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/qdqnodes.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

/// Out of line: GCC 14 sees through an inlined vector of one element and warns of a copy that cannot happen.
[[gnu::noinline]] Shape shapeOfGrid(const TensorPlan &plan)
{
    return plan.axis ? Shape {static_cast<std::int64_t>(plan.params.size())} : Shape {};
}

template <typename T> Tensor zeroPointsAs(const TensorPlan &plan, const Shape &shape)
{
    std::vector<T> values;
    for (const ScaleZeroPoint &params : plan.params)
        values.push_back(static_cast<T>(params.zeroPoint));
    return Tensor::fromValues<T>(plan.scheme.type, shape, values);
}

Tensor zeroPoints(const TensorPlan &plan, const Shape &shape)
{
    switch (plan.scheme.type) {
    case DType::UInt8:
        return zeroPointsAs<std::uint8_t>(plan, shape);
    case DType::UInt16:
        return zeroPointsAs<std::uint16_t>(plan, shape);
    case DType::Int16:
        return zeroPointsAs<std::int16_t>(plan, shape);
    default:
        return zeroPointsAs<std::int8_t>(plan, shape);
    }
}

std::string addLimit(GraphEdit &edit, const std::string &base, std::int32_t limit, DType type)
{
    const std::string name = edit.uniqueName(base);
    edit.setInitializer(
        name,
        type == DType::UInt8
            ? Tensor::fromValues<std::uint8_t>(type, {}, std::vector {static_cast<std::uint8_t>(limit)})
            : Tensor::fromValues<std::int8_t>(type, {}, std::vector {static_cast<std::int8_t>(limit)}));
    return name;
}

onnx::NodeProto makeNode(GraphEdit &edit, const char *op, const std::string &base,
                         const QuantizedValue &value, const std::string &input, const std::string &output)
{
    onnx::NodeProto node;
    node.set_op_type(op);
    node.set_domain(value.domain);
    node.set_name(edit.uniqueName(base + "_" + op));
    node.add_input(input);
    node.add_input(value.scale);
    if (!value.zeroPoint.empty())
        node.add_input(value.zeroPoint);
    node.add_output(output);
    if (value.axis) {
        auto *axis = node.add_attribute();
        axis->set_name("axis");
        axis->set_type(onnx::AttributeProto::INT);
        axis->set_i(*value.axis);
    }
    return node;
}

} // namespace

QuantizedValue addGrid(GraphEdit &edit, const std::string &base, const TensorPlan &plan)
{
    QuantizedValue value;
    value.axis = plan.axis;
    value.scale = edit.uniqueName(base + "_scale");
    value.zeroPoint = edit.uniqueName(base + "_zero_point");
    const Shape shape = shapeOfGrid(plan);
    std::vector<float> scales;
    for (const ScaleZeroPoint &params : plan.params)
        scales.push_back(params.scale);
    edit.setInitializer(value.scale, Tensor::fromFloats(shape, scales));
    edit.setInitializer(value.zeroPoint, zeroPoints(plan, shape));
    // ONNX has 16-bit QuantizeLinear from opset 21 on; the runtime's own has it for every opset.
    constexpr std::int64_t kShortOpset = 21;
    if (bitsOf(plan.scheme.type) == 16 && edit.opset() < kShortOpset) {
        value.domain = "com.microsoft";
        edit.setOpset(value.domain, 1);
    }
    return value;
}

std::string addDequantize(GraphEdit &edit, const std::string &base, const QuantizedValue &value,
                          const std::string &output)
{
    const std::string name = output.empty() ? edit.uniqueName(base + "_DequantizeLinear_Output") : output;
    edit.addNode(makeNode(edit, "DequantizeLinear", base, value, value.data, name));
    return name;
}

void addQuantize(GraphEdit &edit, const std::string &base, const std::string &input,
                 const QuantizedValue &value)
{
    edit.addNode(makeNode(edit, "QuantizeLinear", base, value, input, value.data));
}

void addClippedQuantize(GraphEdit &edit, const std::string &base, const std::string &input,
                        const QuantizedValue &value, const QuantScheme &scheme)
{
    assert(bitsOf(scheme.type) == 8);
    QuantizedValue whole = value;
    whole.data = edit.uniqueName(base + "_QuantizeLinear_Unclipped");
    addQuantize(edit, base, input, whole);
    onnx::NodeProto clip;
    clip.set_op_type("Clip");
    clip.set_name(edit.uniqueName(base + "_Clip"));
    clip.add_input(whole.data);
    const QuantLimits limits = limitsOf(scheme);
    clip.add_input(addLimit(edit, base + "_lowest", limits.min, scheme.type));
    clip.add_input(addLimit(edit, base + "_highest", limits.max, scheme.type));
    clip.add_output(value.data);
    edit.addNode(clip);
}

} // namespace qs
