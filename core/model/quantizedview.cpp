// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/quantizedview.h"

#include "core/model/constanttype.h"
#include "core/model/quantgraph.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace qs {
namespace {

constexpr std::int64_t kDefaultBits = 4; // ContribOperators.md: MatMulNBits, GatherBlockQuantized

bool isDynamicOperator(const onnx::NodeProto &node)
{
    const std::string &op = node.op_type();
    return op == "MatMulInteger" || op == "ConvInteger" || op.starts_with("DynamicQuantize");
}

bool isBlockOperator(const onnx::NodeProto &node)
{
    return node.op_type() == "MatMulNBits" || node.op_type() == "GatherBlockQuantized";
}

class Viewer
{
public:
    explicit Viewer(const Model &model)
        : m_model(model)
        , m_graph(model.graph())
        , m_quant(model)
    { }

    QuantizedView run()
    {
        for (const GridUse &use : m_quant.uses())
            addTensor(use);
        for (const NodeId id : m_graph.topologicalOrder())
            addLayer(id);
        for (std::size_t i = 0; i < m_view.tensors.size(); ++i) {
            const auto it = m_layerIndex.find(m_view.tensors[i].layer);
            if (it != m_layerIndex.end() && !isMadeFromInput(m_view.tensors[i]))
                m_view.layers[it->second].tensors.push_back(i);
        }
        // A fixed order, whatever the nodes' is.
        for (const char *form : {"QDQ", "QOperator", "dynamic", "weight-only"}) {
            if (m_forms.contains(form))
                m_view.forms.emplace_back(form);
        }
        return std::move(m_view);
    }

private:
    /// An input of the graph is listed with the layer that reads it, but is not its result.
    bool isMadeFromInput(const QuantizedTensor &tensor) const
    {
        const GridUse *quantizer = m_quant.quantizerOf(tensor.name);
        return m_graph.isGraphInput(quantizer ? quantizer->real : tensor.name);
    }

    /// Integers that a Gather takes from a constant table are that table's.
    GridUse throughTable(GridUse use) const
    {
        const auto producer = m_graph.producer(use.integers);
        if (use.kind != GridUse::Kind::Dequantize || !producer || !isOp(m_graph.node(*producer), "Gather"))
            return use;
        const std::string table = inputAt(m_graph.node(*producer), 0);
        if (const auto type = constantType(m_model, table)) {
            use.kind = GridUse::Kind::Operand;
            use.role = OperandRole::Weight;
            use.node = *producer;
            use.integers = table;
            use.type = type->type;
            use.shape = type->shape;
        }
        return use;
    }

    void addTensor(const GridUse &from)
    {
        const GridUse use = throughTable(from);
        const auto [known, isNew] = m_tensorIndex.try_emplace(use.integers, m_view.tensors.size());
        if (!isNew) {
            // A layer's own operand tells the role of what a node before it made.
            if (m_view.tensors[known->second].scales.empty())
                readScales(use, m_view.tensors[known->second]);
            return;
        }
        QuantizedTensor tensor;
        tensor.name = use.integers;
        tensor.layer = m_quant.layerOf(use);
        tensor.type = use.type;
        const auto shape = m_quant.constantShape(use);
        if (shape) {
            tensor.shape = *shape;
            const bool isBias = use.role == OperandRole::Bias || use.type == DType::Int32;
            tensor.role = isBias ? OperandRole::Bias : OperandRole::Weight;
            if (use.kind == GridUse::Kind::Operand)
                tensor.layer = m_graph.layerName(use.node);
        }
        const onnx::NodeProto &node = m_graph.node(use.node);
        if (use.kind == GridUse::Kind::Operand && isBlockOperator(node))
            describeBlocks(node, tensor);
        else
            tensor.bits = use.clip ? bitsOf(use.clip->limits) : bitsOf(tensor.type);
        tensor.blockSize = use.blockSize;
        tensor.isDynamic = !shape && isComputed(use);
        readScales(use, tensor);
        if (tensor.granularity != Granularity::PerTensor) {
            if (const auto axis = gridAxis(use, tensor.shape.size()))
                tensor.axis = static_cast<std::int64_t>(*axis);
        }
        m_view.tensors.push_back(std::move(tensor));
    }

    /// MatMulNBits keeps B as [N, blocks, bytes]; it stands for N x K integers.
    static void describeBlocks(const onnx::NodeProto &node, QuantizedTensor &tensor)
    {
        tensor.bits
            = static_cast<int>(std::clamp<std::int64_t>(intAttribute(node, "bits", kDefaultBits), 1, 8));
        tensor.type = tensor.bits == 4 ? DType::UInt4 : tensor.bits == 8 ? DType::UInt8 : DType::Undefined;
        if (node.op_type() == "MatMulNBits")
            tensor.shape = {intAttribute(node, "N", -1), intAttribute(node, "K", -1)};
    }

    bool isComputed(const GridUse &use) const
    {
        const auto producer = m_graph.producer(use.integers);
        if (producer && isOp(m_graph.node(*producer), "DynamicQuantizeLinear"))
            return true;
        return !use.scale.empty() && !m_quant.isConstant(use.scale);
    }

    void readScales(const GridUse &use, QuantizedTensor &tensor)
    {
        GridUse grid = use;
        if (grid.scale.empty())
            grid.scale = scaleBehind(use);
        const auto values = m_quant.values(grid);
        if (!values || values->scales.empty())
            return;
        tensor.scales = values->scales;
        tensor.zeroPoints = values->zeroPoints;
        const bool isPacked = use.kind == GridUse::Kind::Operand && isBlockOperator(m_graph.node(use.node));
        if (isPacked)
            tensor.zeroPoints = blockZeroPoints(use, tensor);
        else if (tensor.zeroPoints.empty())
            tensor.zeroPoints = {0};
        tensor.granularity = use.blockSize > 0 ? Granularity::PerBlock
            : tensor.scales.size() > 1         ? Granularity::PerChannel
                                               : Granularity::PerTensor;
        setRange(use, tensor);
    }

    /// MatMulInteger and ConvInteger have no scale: it is the constant that their result is multiplied with,
    /// after or together with the scale of the input.
    std::string scaleBehind(const GridUse &use) const
    {
        if (use.role != OperandRole::Weight)
            return {};
        std::string value = m_graph.node(use.node).output_size() > 0 ? m_graph.node(use.node).output(0) : "";
        for (int hops = 0; hops < 3 && m_graph.uses(value).size() == 1; ++hops) {
            const Use next = m_graph.uses(value)[0];
            const onnx::NodeProto &node = m_graph.node(next.node);
            if (isOp(node, "Mul") && node.input_size() == 2 && next.input >= 0)
                return constantFactor(node.input(1 - next.input));
            if (!isOp(node, "Cast") || node.output_size() == 0)
                return {};
            value = node.output(0);
        }
        return {};
    }

    /// \a value, or the constant that it is a multiple of.
    std::string constantFactor(const std::string &value) const
    {
        if (m_quant.isConstant(value))
            return value;
        const auto producer = m_graph.producer(value);
        if (!producer || !isOp(m_graph.node(*producer), "Mul"))
            return {};
        for (const std::string &input : m_graph.node(*producer).input()) {
            if (m_quant.isConstant(input))
                return input;
        }
        return {};
    }

    /// Packed as the weights are, each row filled up to whole bytes; left out, the middle
    /// (ContribOperators.md).
    std::vector<std::int32_t> blockZeroPoints(const GridUse &use, const QuantizedTensor &tensor) const
    {
        const std::int32_t middle = 1 << (tensor.bits - 1);
        if (use.zeroPoint.empty())
            return {middle};
        const auto packed = m_model.constant(use.zeroPoint);
        const auto rows = tensor.shape.empty() || tensor.shape[0] <= 0
            ? std::size_t {0}
            : static_cast<std::size_t>(tensor.shape[0]);
        if (!packed.ok() || !packed.value() || packed.value()->type() != DType::UInt8 || rows == 0
            || 8 % tensor.bits != 0 || tensor.scales.size() % rows != 0)
            return {};
        const std::size_t blocks = tensor.scales.size() / rows;
        const std::size_t perByte = 8 / static_cast<std::size_t>(tensor.bits);
        const std::size_t rowBytes = (blocks + perByte - 1) / perByte;
        const auto bytes = packed.value()->data<std::uint8_t>();
        if (bytes.size() != rows * rowBytes)
            return {};
        std::vector<std::int32_t> zeros;
        zeros.reserve(tensor.scales.size());
        for (std::size_t i = 0; i < tensor.scales.size(); ++i) {
            const std::size_t block = i % blocks;
            const auto shift = static_cast<int>(block % perByte) * tensor.bits;
            zeros.push_back((bytes[i / blocks * rowBytes + block / perByte] >> shift)
                            & ((1 << tensor.bits) - 1));
        }
        return zeros;
    }

    static void setRange(const GridUse &use, QuantizedTensor &tensor)
    {
        const bool isKnown
            = !tensor.zeroPoints.empty() && (isGridType(tensor.type) || tensor.type == DType::Undefined);
        if (!isKnown || tensor.bits == 0)
            return;
        // Packed weights are bytes in the file, so it is not their element type that counts.
        const QuantLimits limits = use.clip ? use.clip->limits
            : isGridType(tensor.type)       ? typeLimits(tensor.type)
                                            : QuantLimits {0, (1 << tensor.bits) - 1};
        constexpr double kLargest = std::numeric_limits<float>::max();
        double low = 0; // a zero point is one of the integers, so every grid has 0
        double high = 0;
        for (std::size_t i = 0; i < tensor.scales.size(); ++i) {
            const auto scale = static_cast<double>(tensor.scales[i]);
            if (!std::isfinite(scale))
                continue;
            const double zero = tensor.zeroPoints[std::min(i, tensor.zeroPoints.size() - 1)];
            const double ends[] {(limits.min - zero) * scale, (limits.max - zero) * scale};
            low = std::min({low, ends[0], ends[1]}); // blocks may have scales below 0
            high = std::max({high, ends[0], ends[1]});
        }
        tensor.range
            = {static_cast<float>(std::max(low, -kLargest)), static_cast<float>(std::min(high, kLargest))};
    }

    void addLayer(NodeId id)
    {
        const onnx::NodeProto &node = m_graph.node(id);
        if (isQuantizeLinear(node) || isDequantizeLinear(node) || isOp(node, "Constant")
            || m_quant.isIntegerClip(id))
            return;
        QuantizedLayer layer {m_graph.layerName(id), node.op_type(), precisionOf(id), {}};
        m_layerIndex.emplace(layer.name, m_view.layers.size());
        m_view.layers.push_back(std::move(layer));
    }

    /// Bits of what \a node reads: weights, and activations that come as integers.
    struct Operands
    {
        int weight = 0;
        int activation = 0;
        bool isFloat8 = false;
    };

    void note(const GridUse *use, Operands &operands) const
    {
        if (!use || use->type == DType::Int32)
            return;
        const auto it = m_tensorIndex.find(use->integers);
        const QuantizedTensor *tensor = it == m_tensorIndex.end() ? nullptr : &m_view.tensors[it->second];
        const int bits = tensor ? tensor->bits : bitsOf(use->type);
        operands.isFloat8 = operands.isFloat8 || isFloatingPoint(use->type);
        int &side = tensor && tensor->role == OperandRole::Weight ? operands.weight : operands.activation;
        side = std::max(side, bits);
    }

    std::string precisionOf(NodeId id)
    {
        const onnx::NodeProto &node = m_graph.node(id);
        if (isOp(node, "Shape") || isOp(node, "Size"))
            return {}; // reads no values
        Operands operands;
        const std::vector<const GridUse *> own = m_quant.operands(id);
        for (const GridUse *use : own)
            note(use, operands);
        for (const std::string &input : node.input()) {
            const GridUse *use = m_quant.dequantizer(input);
            if (use
                && throughTable(*use) == *use) // else it reads rows of a table: the Gather is what is small
                note(use, operands);
        }
        if (operands.weight == 0 && operands.activation == 0)
            return movedInteger(id);
        if (isDynamicOperator(node)) {
            m_forms.insert("dynamic");
            return "INT" + std::to_string(operands.weight > 0 ? operands.weight : operands.activation)
                + " dynamic";
        }
        const bool weightsOnly = operands.activation == 0;
        m_forms.insert(weightsOnly ? "weight-only" : !own.empty() ? "QOperator" : "QDQ");
        if (weightsOnly)
            return "W" + std::to_string(operands.weight);
        const std::string prefix = operands.isFloat8 ? "FP" : "INT";
        if (operands.weight == 0 || operands.weight == operands.activation)
            return prefix + std::to_string(operands.activation);
        return "W" + std::to_string(operands.weight) + "A" + std::to_string(operands.activation);
    }

    /// An operator like MaxPool between integer ones works on their integers as they are.
    std::string movedInteger(NodeId id)
    {
        const onnx::NodeProto &node = m_graph.node(id);
        const std::string input = inputAt(node, 0);
        const auto known = m_tensorIndex.find(input);
        int bits = known == m_tensorIndex.end() ? 0 : m_view.tensors[known->second].bits;
        if (bits > 0 && m_view.tensors[known->second].role == OperandRole::Weight) {
            m_forms.insert("weight-only");
            return "W" + std::to_string(bits);
        }
        if (const auto it = m_moved.find(input); it != m_moved.end())
            bits = it->second;
        if (bits == 0 || isOp(node, "Cast"))
            return {};
        for (const std::string &output : node.output())
            m_moved[output] = bits;
        return "INT" + std::to_string(bits);
    }

    const Model &m_model;
    const GraphView &m_graph;
    const QuantGraph m_quant;
    QuantizedView m_view;
    std::set<std::string> m_forms;
    std::unordered_map<std::string, std::size_t> m_tensorIndex; ///< by integers
    std::unordered_map<std::string, std::size_t> m_layerIndex;
    std::unordered_map<std::string, int> m_moved; ///< integers that an operator passed on → bits
};

} // namespace

const QuantizedLayer *QuantizedView::find(const std::string &layer) const
{
    const auto it
        = std::find_if(layers.begin(), layers.end(), [&](const auto &l) { return l.name == layer; });
    return it == layers.end() ? nullptr : &*it;
}

const QuantizedTensor *QuantizedView::resultOf(const QuantizedLayer &layer) const
{
    for (const std::size_t index : layer.tensors) {
        if (tensors[index].role == OperandRole::Data)
            return &tensors[index];
    }
    return nullptr;
}

QuantizedView viewQuantized(const Model &model)
{
    return Viewer(model).run();
}

const char *roleName(const QuantizedTensor &tensor)
{
    return tensor.role == OperandRole::Weight ? "weight"
        : tensor.role == OperandRole::Bias    ? "bias"
                                              : "activation";
}

const char *toString(Granularity granularity)
{
    switch (granularity) {
    case Granularity::PerTensor:
        return "per tensor";
    case Granularity::PerChannel:
        return "per channel";
    case Granularity::PerBlock:
        return "per block";
    }
    return "";
}

} // namespace qs
