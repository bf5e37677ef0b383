// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/operatorrules.h"

#include "core/model/cliplimits.h"
#include "core/model/weightedop.h"
#include "core/plan/gelunodes.h"
#include "core/plan/innerlayers.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

constexpr std::int64_t kMaxPoolInt8Opset = 12; // onnx Changelog: MaxPool on int8 / uint8

bool isConstant(const Model &model, const std::string &name)
{
    if (model.graph().initializer(name))
        return true;
    const auto producer = model.graph().producer(name);
    return producer && isOp(model.graph().node(*producer), "Constant");
}

} // namespace

std::optional<int> weightChannelAxis(const onnx::NodeProto &node, std::size_t weightRank)
{
    if (isOp(node, "Conv"))
        return 0;
    if (isOp(node, "ConvTranspose"))
        return 1;
    if (weightRank != 2)
        return std::nullopt;
    return isOp(node, "Gemm") && intAttribute(node, "transB", 0) != 0 ? 0 : 1;
}

OperatorRules::OperatorRules(const Model &model, const ShapeMap &shapes, const Target &target)
    : m_model(model)
    , m_graph(model.graph())
    , m_shapes(shapes)
    , m_target(target)
    , m_gelu(geluNodes(model))
{ }

bool OperatorRules::isFloat(const std::string &value) const
{
    const auto it = m_shapes.find(value);
    return it != m_shapes.end() && it->second.type == DType::Float32;
}

bool OperatorRules::isWeighted(NodeId id) const
{
    const onnx::NodeProto &node = m_graph.node(id);
    const bool hasWeights
        = isOp(node, "Conv") || isOp(node, "ConvTranspose") || isOp(node, "Gemm") || isOp(node, "MatMul");
    return hasWeights && node.input_size() >= 2 && isConstant(m_model, node.input(1));
}

std::vector<std::string> OperatorRules::activationInputs(NodeId id) const
{
    const onnx::NodeProto &node = m_graph.node(id);
    std::vector<std::string> result;
    for (const std::string &input : node.input()) {
        if (!input.empty() && !isConstant(m_model, input) && isFloat(input))
            result.push_back(input);
    }
    return result;
}

bool OperatorRules::isClipping(NodeId id) const
{
    const onnx::NodeProto &node = m_graph.node(id);
    if (node.input_size() == 0 || !isFloat(node.input(0)))
        return false;
    const auto limits
        = clippingLimits(node, [this](const std::string &name) { return m_model.constant(name); });
    // A grid always contains 0, so it can stand in for limits around 0 only.
    return limits && limits->min <= 0.F && limits->max > 0.F;
}

bool OperatorRules::isSameGrid(NodeId id) const
{
    const onnx::NodeProto &node = m_graph.node(id);
    if (!isOp(node, node.op_type().c_str()) || !m_target.sameGridOps.contains(node.op_type())
        || node.input_size() == 0 || !isFloat(node.input(0)))
        return false;
    if (isOp(node, "MaxPool"))
        return m_model.opset() >= kMaxPoolInt8Opset && node.output_size() == 1;
    if (isOp(node, "Resize"))
        return stringAttribute(node, "mode", "nearest") == "nearest";
    if (isOp(node, "Pad") && node.input_size() > 2 && !node.input(2).empty()) {
        const auto value = m_model.constant(node.input(2)); // 0 is on every grid
        return value.ok() && *value && (**value).type() == DType::Float32 && (**value).size() == 1
            && (**value).floats()[0] == 0.F;
    }
    return true;
}

Text OperatorRules::weightProblem(NodeId id, const Tensor &weight)
{
    const onnx::NodeProto &node = m_graph.node(id);
    if (weight.type() != DType::Float32)
        return sentence(QS_TR_NOOP("Sentence", "kept float: weights are %1"),
                        {std::string(toString(weight.type()))});
    const Extent extent = extentOf(weight.floats());
    if (extent.nan + extent.infinite > 0)
        return sentence(QS_TR_NOOP("Sentence", "kept float: weights contain NaN or infinity"));
    if (weight.size() == 0)
        return sentence(QS_TR_NOOP("Sentence", "kept float: no weights"));
    const std::optional<int> axis = weightChannelAxis(node, weight.shape().size());
    const auto [known, isNew] = m_weightAxes.try_emplace(node.input(1), axis.value_or(-1));
    if (!isNew && known->second != axis.value_or(-1))
        return sentence(QS_TR_NOOP(
            "Sentence", "kept float: its weights are shared with a layer that has them the other way round"));
    return {};
}

Result<Text> OperatorRules::integerProblem(NodeId id)
{
    const onnx::NodeProto &node = m_graph.node(id);
    if (!isOp(node, node.op_type().c_str()) || !m_target.integerOps.contains(node.op_type()))
        return floatReason(id);
    if (!isFloat(node.output(0)))
        return sentence(QS_TR_NOOP("Sentence", "kept float: not float32 data"));
    if (isOp(node, "Gemm")
        && (intAttribute(node, "transA", 0) != 0 || floatAttribute(node, "alpha", 1.F) != 1.F
            || floatAttribute(node, "beta", 1.F) != 1.F))
        return sentence(
            QS_TR_NOOP("Sentence", "kept float: integer Gemm wants alpha = beta = 1 and transA = 0"));
    if (isWeighted(id)) {
        QS_TRY(const std::optional<Tensor> weight, m_model.constant(node.input(1)));
        const Shape &shape = weight ? weight->shape() : Shape {};
        if (shape.size() == 2 && std::min(shape[0], shape[1]) < m_target.smallestMatrix)
            return sentence(
                QS_TR_NOOP("Sentence", "kept float: the target has no integer kernel for so small a matrix"));
        if (!weight || isConstant(m_model, node.input(0)))
            return sentence(QS_TR_NOOP("Sentence", "kept float: no activation input"));
        if (node.input_size() > 2 && !node.input(2).empty() && !isConstant(m_model, node.input(2)))
            return sentence(QS_TR_NOOP("Sentence", "kept float: its bias is computed"));
        if (node.input_size() > 2 && !node.input(2).empty()) {
            QS_TRY(const std::optional<Tensor> bias, m_model.constant(node.input(2)));
            const auto axis = weightChannelAxis(node, weight->shape().size());
            const auto channels = weight->shape()[static_cast<std::size_t>(axis.value_or(0))];
            if (!bias || bias->type() != DType::Float32
                || (bias->size() != 1 && static_cast<std::int64_t>(bias->size()) != channels))
                return sentence(QS_TR_NOOP("Sentence", "kept float: its bias is not one number a channel"));
        }
        return weightProblem(id, *weight);
    }
    for (const std::string &input : node.input()) {
        if (!isConstant(m_model, input) && !isFloat(input))
            return sentence(QS_TR_NOOP("Sentence", "kept float: not float32 data"));
    }
    if (isNormalization(node))
        return normalizationProblem(node);
    if (isOp(node, "MatMul") && isConstant(m_model, node.input(0)))
        return sentence(QS_TR_NOOP("Sentence", "kept float: the constant is the left operand"));
    if (isOp(node, "Conv") || isOp(node, "Gemm"))
        return sentence(QS_TR_NOOP("Sentence", "kept float: its weights are computed"));
    return Text();
}

Result<Text> OperatorRules::normalizationProblem(const onnx::NodeProto &node) const
{
    for (int i = 1; i < std::min(node.input_size(), 3); ++i) {
        QS_TRY(const std::optional<Tensor> constant, m_model.constant(node.input(i)));
        if (!constant)
            return sentence(QS_TR_NOOP("Sentence", "kept float: its weights are computed"));
        if (constant->type() != DType::Float32 || constant->shape().size() != 1
            || extentOf(constant->floats()).finite != constant->size())
            return sentence(QS_TR_NOOP("Sentence", "kept float: its bias is not one number a channel"));
    }
    return Text();
}

Text OperatorRules::floatReason(NodeId id) const
{
    const onnx::NodeProto &node = m_graph.node(id);
    if (!isOp(node, node.op_type().c_str()))
        return sentence(QS_TR_NOOP("Sentence", "kept float: operator of domain %1"), {node.domain()});
    if (hasSubGraphs(m_graph, id))
        return countedSentence(QS_TR_N_NOOP("Sentence", "kept float: %n node(s) of its sub-graphs as well"),
                               subGraphNodes(id));
    if (node.output_size() > 0 && !isFloat(node.output(0)))
        return sentence(QS_TR_NOOP("Sentence", "not float data"));
    if (isOp(node, "Softmax") || isOp(node, "LogSoftmax"))
        return sentence(QS_TR_NOOP("Sentence", "kept float: probabilities need more than 8 bits"));
    if (isSameGrid(id))
        return sentence(QS_TR_NOOP("Sentence", "kept float: nothing around it is quantized"));
    return sentence(QS_TR_NOOP("Sentence", "kept float: no integer kernel for %1 on this target"),
                    {node.op_type()});
}

int OperatorRules::subGraphNodes(NodeId id) const
{
    int count = 0;
    for (const auto &[owner, graph] : m_graph.subGraphs()) {
        if (owner == id)
            count += graph->node_size();
    }
    return count;
}

Text OperatorRules::granularity(NodeId id) const
{
    const onnx::NodeProto &node = m_graph.node(id);
    const onnx::TensorProto *weight = m_graph.initializer(node.input(1));
    const std::size_t rank = weight ? static_cast<std::size_t>(weight->dims_size()) : 0;
    return m_target.perChannelWeights && weightChannelAxis(node, rank)
        ? sentence(QS_TR_NOOP("Sentence", "per channel"))
        : sentence(QS_TR_NOOP("Sentence", "per tensor"));
}

bool OperatorRules::isNetworkOpInTail(NodeId id, int integerInputs) const
{
    const onnx::NodeProto &node = m_graph.node(id);
    return isOp(node, "Add") && integerInputs == 2;
}

bool OperatorRules::givesFloatForNothing(NodeId id) const
{
    const onnx::NodeProto &node = m_graph.node(id);
    if (!isOp(node, "MatMul") || !m_target.floatOutputOps.contains("MatMul"))
        return false;
    const auto type = m_shapes.find(node.output(0));
    return type != m_shapes.end() && type->second.shape.size() > 2;
}

bool OperatorRules::needsGridForFusion(NodeId id) const
{
    const onnx::NodeProto &node = m_graph.node(id);
    if (!isOp(node, "MatMul") || givesFloatForNothing(id))
        return false;
    const auto &uses = m_graph.uses(node.output(0));
    return std::any_of(uses.begin(), uses.end(),
                       [&](const Use &use) { return isOp(m_graph.node(use.node), "Add"); });
}

} // namespace qs
