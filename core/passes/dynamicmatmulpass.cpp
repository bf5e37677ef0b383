// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   MatMul(x, W)          ⇒   x_q, s_x, z_x = DynamicQuantizeLinear(x)
//                             Cast(MatMulInteger(x_q, W_q, z_x)) · (s_x · s_w)
//   Gemm(x, W, b)         ⇒   the same, with W the right way round, + b
//
// The runtime makes DynamicQuantizeMatMul or MatMulIntegerToFloat of it, a bias added behind included.
// Readers of the same value share its DynamicQuantizeLinear. MatMulInteger takes a missing zero point of W as
// 0.
#include "core/base/paramspec.h"
#include "core/passes/constantgrid.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

Tensor transposed(const Tensor &matrix)
{
    const auto rows = static_cast<std::size_t>(matrix.shape()[0]);
    const auto columns = static_cast<std::size_t>(matrix.shape()[1]);
    Tensor result(matrix.type(), {matrix.shape()[1], matrix.shape()[0]});
    const std::span<const std::byte> source = matrix.bytes();
    const std::span<std::byte> target = result.mutableBytes();
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c)
            target[c * rows + r] = source[r * columns + c];
    }
    return result;
}

class DynamicRewriter
{
public:
    DynamicRewriter(GraphEdit &edit, const Plan &plan)
        : m_edit(edit)
        , m_plan(plan)
    { }

    Result<bool> rewrite(NodeId id)
    {
        const onnx::NodeProto node = m_edit.node(id);
        const auto weightPlan = m_plan.tensors.find(node.input(1));
        if (weightPlan == m_plan.tensors.end())
            return false;
        QS_TRY(const Weight weight, weightOf(node, weightPlan->second));
        const Input x = quantizedInput(node.input(0));
        const std::string base = m_edit.layerName(id);
        const std::string output = node.output(0);
        const bool hasBias = isOp(node, "Gemm") && node.input_size() > 2 && !node.input(2).empty();

        m_edit.removeNode(id);
        const std::string sums = add("MatMulInteger", base, {x.data, weight.data, x.zeroPoint});
        const std::string floats = add("Cast", base, {sums});
        const std::string scale = add("Mul", base + "_scales", {x.scale, weight.scale});
        const std::string product
            = add("Mul", base + "_rescaled", {floats, scale}, hasBias ? std::string() : output);
        if (hasBias)
            add("Add", base, {product, node.input(2)}, output);
        return true;
    }

private:
    struct Weight
    {
        std::string data;
        std::string scale;
    };
    struct Input
    {
        std::string data;
        std::string scale;
        std::string zeroPoint;
    };

    Result<Weight> weightOf(const onnx::NodeProto &node, const TensorPlan &plan)
    {
        const std::string &name = node.input(1);
        if (const auto known = m_weights.find(name); known != m_weights.end())
            return known->second;
        QS_TRY(const std::optional<Tensor> constant, m_edit.constant(name));
        if (!constant)
            return Error {ErrorCode::Runtime, m_edit.layerName(*m_edit.producer(node.output(0))),
                          "its weights are no longer constant"};
        Tensor data = quantizeConstant(*constant, plan);
        if (isOp(node, "Gemm") && intAttribute(node, "transB", 0) != 0)
            data = transposed(data);
        std::vector<float> scales;
        for (const ScaleZeroPoint &params : plan.params)
            scales.push_back(params.scale);
        Weight weight {m_edit.uniqueName(name + "_quantized"), m_edit.uniqueName(name + "_scale")};
        m_edit.setInitializer(weight.data, data);
        const auto count = static_cast<std::int64_t>(scales.size());
        m_edit.setInitializer(weight.scale, Tensor::fromFloats(plan.axis ? Shape {count} : Shape {}, scales));
        return m_weights[name] = weight;
    }

    Input quantizedInput(const std::string &value)
    {
        if (const auto known = m_inputs.find(value); known != m_inputs.end())
            return known->second;
        Input input {m_edit.uniqueName(value + "_quantized"), m_edit.uniqueName(value + "_scale"),
                     m_edit.uniqueName(value + "_zero_point")};
        onnx::NodeProto node;
        node.set_op_type("DynamicQuantizeLinear");
        node.set_name(m_edit.uniqueName(value + "_DynamicQuantizeLinear"));
        node.add_input(value);
        for (const std::string &output : {input.data, input.scale, input.zeroPoint})
            node.add_output(output);
        m_edit.addNode(node);
        return m_inputs[value] = input;
    }

    std::string add(const char *op, const std::string &base, const std::vector<std::string> &inputs,
                    const std::string &output = {})
    {
        onnx::NodeProto node;
        node.set_op_type(op);
        node.set_name(m_edit.uniqueName(base + "_" + op));
        for (const std::string &input : inputs)
            node.add_input(input);
        node.add_output(output.empty() ? m_edit.uniqueName(node.name() + "_output") : output);
        if (isOp(node, "Cast")) {
            auto *to = node.add_attribute();
            to->set_name("to");
            to->set_type(onnx::AttributeProto::INT);
            to->set_i(onnx::TensorProto::FLOAT);
        }
        m_edit.addNode(node);
        return node.output(0);
    }

    GraphEdit &m_edit;
    const Plan &m_plan;
    std::map<std::string, Weight> m_weights;
    std::map<std::string, Input> m_inputs;
};

Status dynamicMatMul(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    const std::set<std::string> layers = context.plan->layersOf(NodeForm::Dynamic);
    DynamicRewriter rewriter(edit, *context.plan);
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        const bool isMatrix = isOp(edit.node(id), "MatMul") || isOp(edit.node(id), "Gemm");
        if (!isMatrix || !layers.contains(edit.layerName(id)))
            continue;
        QS_TRY(const bool changed, rewriter.rewrite(id));
        report.changes += changed ? 1 : 0;
    }
    return Done {};
}

} // namespace

void register_dynamicmatmulpass(PassRegistry &registry)
{
    registry.add(
        {.id = "dynamic-matmul",
         .title = QS_TR_NOOP("Pass", "Multiply matrices in integers, quantizing inputs as they come"),
         .phase = PassPhase::Quantize,
         .order = 20,
         .apply = dynamicMatMul});
}

} // namespace qs
