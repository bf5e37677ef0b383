// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/quantgraph.h"

#include "core/model/constanttype.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

constexpr int kLongestGroup = 4; // MatMul, Add of a bias, Relu; a margin of one

bool isWeightedOp(const onnx::NodeProto &node)
{
    return isOp(node, "Conv") || isOp(node, "ConvTranspose") || isOp(node, "Gemm") || isOp(node, "MatMul");
}

bool joinsAll(const onnx::NodeProto &node)
{
    for (const char *op : {"Add", "Mul", "Sub", "Div", "Concat", "Max", "Min"}) {
        if (isOp(node, op))
            return true;
    }
    return false;
}

/// The float operator that integer operator \a op stands for; empty for those that multiply no weights.
std::string floatTwin(const std::string &op)
{
    if (op == "QLinearConv" || op == "ConvInteger")
        return "Conv";
    if (op == "QGemm")
        return "Gemm";
    if (op == "QLinearMatMul" || op == "MatMulInteger" || op == "MatMulIntegerToFloat"
        || op == "DynamicQuantizeMatMul")
        return "MatMul";
    return {};
}

} // namespace

QuantGraph::QuantGraph(const Model &model)
    : m_model(model)
    , m_graph(model.graph())
    , m_uses(findGridUses(model))
{
    for (std::size_t i = 0; i < m_uses.size(); ++i) {
        const GridUse &use = m_uses[i];
        if (use.clip)
            m_clips.insert(use.clip->node);
        switch (use.kind) {
        case GridUse::Kind::Dequantize:
            m_dequantizers.emplace(use.real, i);
            break;
        case GridUse::Kind::Quantize:
            m_quantizersByOutput.emplace(use.integers, i);
            m_quantizersByInput[use.real].push_back(i);
            break;
        case GridUse::Kind::Operand:
            m_operands[use.node].push_back(i);
            break;
        }
    }
    findWeighted();
}

void QuantGraph::findWeighted()
{
    for (const NodeId id : m_graph.topologicalOrder()) {
        const onnx::NodeProto &node = m_graph.node(id);
        if (m_operands.contains(id)) {
            addIntegerOperator(id);
        } else if (isWeightedOp(node)) {
            WeightedOperator found;
            found.node = id;
            found.op = node.op_type();
            found.data = dequantizer(inputAt(node, 0));
            found.weight = dequantizer(inputAt(node, 1));
            // A product with blocks is one of floats, whatever its input was before.
            if (found.weight && found.weight->blockSize > 0)
                found.data = nullptr;
            found.biasValue = inputAt(node, 2);
            found.bias = dequantizer(found.biasValue);
            m_weighted.push_back(std::move(found));
        }
    }
}

void QuantGraph::addIntegerOperator(NodeId id)
{
    WeightedOperator found;
    found.node = id;
    found.op = floatTwin(m_graph.node(id).op_type());
    found.isIntegerOperator = true;
    for (const GridUse *use : operands(id)) {
        if (use->role == OperandRole::Data)
            found.data = use;
        else if (use->role == OperandRole::Weight)
            found.weight = use;
        else if (use->role == OperandRole::Bias)
            found.bias = use;
    }
    if (found.bias)
        found.biasValue = found.bias->integers;
    if (!found.op.empty())
        m_weighted.push_back(std::move(found));
}

const GridUse *QuantGraph::dequantizer(const std::string &value) const
{
    const auto it = m_dequantizers.find(value);
    return it == m_dequantizers.end() ? nullptr : &m_uses[it->second];
}

std::vector<const GridUse *> QuantGraph::quantizers(const std::string &value) const
{
    std::vector<const GridUse *> found;
    if (const auto it = m_quantizersByInput.find(value); it != m_quantizersByInput.end()) {
        for (const std::size_t index : it->second)
            found.push_back(&m_uses[index]);
    }
    return found;
}

const GridUse *QuantGraph::quantizerOf(const std::string &value) const
{
    const auto it = m_quantizersByOutput.find(value);
    return it == m_quantizersByOutput.end() ? nullptr : &m_uses[it->second];
}

std::vector<const GridUse *> QuantGraph::operands(NodeId id) const
{
    std::vector<const GridUse *> found;
    if (const auto it = m_operands.find(id); it != m_operands.end()) {
        for (const std::size_t index : it->second)
            found.push_back(&m_uses[index]);
    }
    return found;
}

std::optional<GridValues> QuantGraph::values(const GridUse &use) const
{
    auto values = readGrid(m_model, use);
    return values.ok() ? std::move(*values) : std::nullopt;
}

bool QuantGraph::isSameGrid(const GridUse &a, const GridUse &b) const
{
    if (a.type != b.type)
        return false;
    if (a.scale == b.scale && a.zeroPoint == b.zeroPoint)
        return true;
    const auto x = values(a);
    const auto y = values(b);
    if (!x || !y || x->scales != y->scales)
        return false;
    // A zero point that is left out is 0.
    const auto isZero = [](std::int32_t z) { return z == 0; };
    if (x->zeroPoints.empty() || y->zeroPoints.empty()) {
        return std::all_of(x->zeroPoints.begin(), x->zeroPoints.end(), isZero)
            && std::all_of(y->zeroPoints.begin(), y->zeroPoints.end(), isZero);
    }
    return x->zeroPoints == y->zeroPoints;
}

bool QuantGraph::isConstant(const std::string &value) const
{
    if (m_graph.initializer(value))
        return true;
    const auto producer = m_graph.producer(value);
    return producer && isOp(m_graph.node(*producer), "Constant");
}

std::optional<Shape> QuantGraph::constantShape(const GridUse &use) const
{
    if (use.shape)
        return use.shape;
    const GridUse *quantizer = use.kind == GridUse::Kind::Quantize ? &use : quantizerOf(use.integers);
    if (!quantizer)
        return std::nullopt;
    const auto type = constantType(m_model, quantizer->real);
    return type ? std::optional(type->shape) : std::nullopt;
}

std::vector<std::string> QuantGraph::dataInputs(NodeId id) const
{
    const onnx::NodeProto &node = m_graph.node(id);
    const int wanted = isWeightedOp(node) ? 2 : joinsAll(node) ? node.input_size() : 1;
    std::vector<std::string> inputs;
    for (int i = 0; i < std::min(wanted, node.input_size()); ++i) {
        if (!node.input(i).empty())
            inputs.push_back(node.input(i));
    }
    return inputs;
}

bool QuantGraph::hasIntegerInputs(NodeId id) const
{
    const std::vector<std::string> inputs = dataInputs(id);
    // No kernel multiplies blocks of weights with integers that a graph names.
    return !inputs.empty() && std::all_of(inputs.begin(), inputs.end(), [&](const auto &v) {
        const GridUse *use = dequantizer(v);
        return use && use->blockSize == 0;
    });
}

NodeId QuantGraph::groupEnd(NodeId id) const
{
    for (int i = 0; i < kLongestGroup; ++i) {
        const onnx::NodeProto &node = m_graph.node(id);
        if (node.output_size() != 1 || m_graph.isGraphOutput(node.output(0)))
            return id;
        const std::vector<Use> &uses = m_graph.uses(node.output(0));
        if (uses.size() != 1 || uses[0].input < 0)
            return id;
        const onnx::NodeProto &next = m_graph.node(uses[0].node);
        const bool addsBias = isOp(node, "MatMul") && isOp(next, "Add") && next.input_size() == 2
            && isConstant(next.input(1 - uses[0].input));
        if (!addsBias && !isOp(next, "Relu") && !(isOp(next, "Clip") && uses[0].input == 0))
            return id;
        id = uses[0].node;
    }
    return id;
}

std::string QuantGraph::layerOf(const GridUse &use) const
{
    if (use.kind == GridUse::Kind::Operand)
        return m_graph.layerName(use.node);
    const auto madeBy = [&](const std::string &value) -> std::optional<std::string> {
        const auto producer = m_graph.producer(value);
        if (!producer)
            return std::nullopt;
        const bool isClip = isIntegerClip(*producer);
        const auto maker = isClip ? m_graph.producer(m_graph.node(*producer).input(0)) : producer;
        const onnx::NodeProto &node = m_graph.node(*maker);
        if (isQuantizeLinear(node) || isDequantizeLinear(node) || isOp(node, "Constant"))
            return std::nullopt;
        return m_graph.layerName(*maker);
    };
    // An activation: what makes the float value, or, behind an integer operator, the integers.
    const GridUse *quantizer = use.kind == GridUse::Kind::Quantize ? &use : quantizerOf(use.integers);
    if (const auto layer = madeBy(quantizer ? quantizer->real : use.integers))
        return *layer;
    // A weight or a graph input: what reads it.
    std::vector<std::string> open {use.kind == GridUse::Kind::Quantize ? use.integers : use.real};
    for (std::size_t i = 0; i < open.size() && i < 8; ++i) {
        for (const Use &reader : m_graph.uses(open[i])) {
            const onnx::NodeProto &node = m_graph.node(reader.node);
            if (!isQuantizeLinear(node) && !isDequantizeLinear(node))
                return m_graph.layerName(reader.node);
            if (node.output_size() > 0)
                open.push_back(node.output(0));
        }
    }
    return m_graph.layerName(use.node);
}

} // namespace qs
