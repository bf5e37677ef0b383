// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/quantgrid.h"

#include "core/model/constanttype.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

constexpr std::int64_t kDefaultBlock = 128; // ContribOperators.md: GatherBlockQuantized

DType typeOfConstant(const Model &model, const std::string &name)
{
    const auto type = constantType(model, name);
    return type ? type->type : DType::Undefined;
}

/// Type of what a QuantizeLinear makes: its zero point's, else what output_dtype says, else uint8.
DType quantizedType(const Model &model, const onnx::NodeProto &node)
{
    if (const std::string zero = inputAt(node, 2); !zero.empty())
        return typeOfConstant(model, zero);
    const auto type = static_cast<DType>(intAttribute(node, "output_dtype", 0));
    return type == DType::Undefined ? DType::UInt8 : type;
}

class Finder
{
public:
    explicit Finder(const Model &model)
        : m_model(model)
        , m_graph(model.graph())
    { }

    std::vector<GridUse> run()
    {
        for (const NodeId id : m_graph.topologicalOrder()) {
            const onnx::NodeProto &node = m_graph.node(id);
            if (isQuantizeLinear(node) || isDequantizeLinear(node))
                addLinear(id, node);
            else
                addOperands(id, node);
        }
        return std::move(m_uses);
    }

private:
    void addLinear(NodeId id, const onnx::NodeProto &node)
    {
        if (inputAt(node, 0).empty() || node.output_size() == 0 || node.output(0).empty())
            return;
        const bool quantizes = isQuantizeLinear(node);
        GridUse use;
        use.kind = quantizes ? GridUse::Kind::Quantize : GridUse::Kind::Dequantize;
        use.node = id;
        use.integers = quantizes ? node.output(0) : node.input(0);
        use.real = quantizes ? node.input(0) : node.output(0);
        use.scale = inputAt(node, 1);
        use.zeroPoint = inputAt(node, 2);
        if (findAttribute(node, "axis"))
            use.axis = intAttribute(node, "axis", 1);
        use.blockSize = std::max<std::int64_t>(0, intAttribute(node, "block_size", 0));
        if (quantizes)
            takeMade(use, quantizedType(m_model, node));
        finish(std::move(use));
    }

    void addOperands(NodeId id, const onnx::NodeProto &node)
    {
        for (const IntegerOperand &operand : integerOperands(node)) {
            GridUse use;
            use.kind = GridUse::Kind::Operand;
            use.role = operand.role;
            use.node = id;
            use.integers = operand.role == OperandRole::Result ? node.output(0) : node.input(operand.data);
            use.scale = inputAt(node, operand.scale);
            use.zeroPoint = inputAt(node, operand.zeroPoint);
            if (operand.role == OperandRole::Weight)
                describeWeight(node, use);
            if (operand.role == OperandRole::Result)
                takeMade(use, use.zeroPoint.empty() ? DType::UInt8 : typeOfConstant(m_model, use.zeroPoint));
            finish(std::move(use));
        }
    }

    /// \a use makes integers of \a type: those behind a Clip are what the rest of the model sees.
    void takeMade(GridUse &use, DType type)
    {
        if (const auto clip = integerClipBehind(m_model, use.integers)) {
            use.integers = clip->output;
            m_clips[use.integers] = *clip;
        }
        m_types[use.integers] = type;
    }

    /// Where an operator's definition puts the channels of its weight.
    static void describeWeight(const onnx::NodeProto &node, GridUse &use)
    {
        const std::string &op = node.op_type();
        if (op == "MatMulNBits" || op == "GatherBlockQuantized") {
            use.blockSize = std::max<std::int64_t>(0, intAttribute(node, "block_size", kDefaultBlock));
            use.axis = op == "MatMulNBits" ? 1 : intAttribute(node, "quantize_axis", 1);
        } else if (op == "QLinearConv" || op == "ConvInteger") {
            use.axis = 0;
        } else if (op == "QGemm") {
            use.axis = intAttribute(node, "transB", 0) != 0 ? 0 : 1;
        } else {
            use.axis = -1; // the columns
        }
    }

    void finish(GridUse use)
    {
        if (const auto type = constantType(m_model, use.integers)) {
            use.type = type->type;
            use.shape = type->shape;
        } else if (const auto it = m_types.find(use.integers); it != m_types.end()) {
            use.type = it->second;
        } else if (!use.zeroPoint.empty()) {
            use.type = typeOfConstant(m_model, use.zeroPoint);
        }
        if (const auto it = m_clips.find(use.integers); it != m_clips.end())
            use.clip = it->second;
        m_uses.push_back(std::move(use));
    }

    const Model &m_model;
    const GraphView &m_graph;
    std::vector<GridUse> m_uses;
    std::unordered_map<std::string, DType> m_types; ///< of integers made by nodes
    std::unordered_map<std::string, IntegerClip> m_clips; ///< by the integers they make
};

std::int32_t nibble(std::byte value, bool isHigh, bool isSigned)
{
    const int bits = (std::to_integer<int>(value) >> (isHigh ? 4 : 0)) & 0xF;
    return isSigned && bits > 7 ? bits - 16 : bits;
}

} // namespace

std::vector<GridUse> findGridUses(const Model &model)
{
    return Finder(model).run();
}

Result<std::optional<GridValues>> readGrid(const Model &model, const GridUse &use)
{
    std::optional<GridValues> none;
    if (use.scale.empty())
        return none;
    QS_TRY(const std::optional<Tensor> scale, model.constant(use.scale));
    if (!scale)
        return none;
    QS_TRY(const Tensor scales, toFloat32(*scale));
    GridValues values;
    values.scaleShape = scale->shape();
    values.scales.assign(scales.floats().begin(), scales.floats().end());
    if (!use.zeroPoint.empty()) {
        QS_TRY(const std::optional<Tensor> zero, model.constant(use.zeroPoint));
        if (!zero)
            return none;
        values.zeroPointType = zero->type();
        values.zeroPointShape = zero->shape();
        if (!isGridType(zero->type()) && !isFloatingPoint(zero->type()))
            return Error {ErrorCode::Unsupported, "zero point '" + use.zeroPoint + "'",
                          "is " + std::string(toString(zero->type()))};
        for (std::size_t i = 0; isGridType(zero->type()) && i < zero->size(); ++i)
            values.zeroPoints.push_back(integerAt(*zero, i));
    }
    return std::optional(std::move(values));
}

QuantLimits limitsOf(const GridUse &use)
{
    return use.clip ? use.clip->limits : typeLimits(use.type);
}

std::optional<std::size_t> gridAxis(const GridUse &use, std::size_t rank)
{
    const auto count = static_cast<std::int64_t>(rank);
    std::int64_t axis = use.axis.value_or(1);
    if (axis < 0)
        axis += count;
    if (axis < 0 || axis >= count)
        return std::nullopt;
    return static_cast<std::size_t>(axis);
}

bool isGridType(DType type)
{
    switch (type) {
    case DType::Int8:
    case DType::UInt8:
    case DType::Int16:
    case DType::UInt16:
    case DType::Int32:
    case DType::Int4:
    case DType::UInt4:
        return true;
    default:
        return false;
    }
}

std::int32_t integerAt(const Tensor &tensor, std::size_t index)
{
    switch (tensor.type()) {
    case DType::Int8:
        return tensor.data<std::int8_t>()[index];
    case DType::UInt8:
        return tensor.data<std::uint8_t>()[index];
    case DType::Int16:
        return tensor.data<std::int16_t>()[index];
    case DType::UInt16:
        return tensor.data<std::uint16_t>()[index];
    case DType::Int32:
        return tensor.data<std::int32_t>()[index];
    case DType::Int4:
    case DType::UInt4: // two a byte, the low four bits first; comments of TensorProto in onnx.proto
        return nibble(tensor.bytes()[index / 2], index % 2 != 0, tensor.type() == DType::Int4);
    default:
        assert(!"no type of a grid");
        return 0;
    }
}

} // namespace qs
