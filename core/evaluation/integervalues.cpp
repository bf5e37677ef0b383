// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/integervalues.h"

#include "core/model/integerclip.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

namespace qs {
namespace {

struct OutputGrid
{
    std::string_view op;
    int scale;
    int zeroPoint;
};

// Input numbers of the output's scale and zero point. ONNX operator specification; ONNX Runtime
// ContribOperators.md for com.microsoft.
constexpr std::array kOutputGrids {
    OutputGrid {"QLinearConv", 6, 7},
    OutputGrid {"QLinearMatMul", 6, 7},
    OutputGrid {"QLinearAdd", 6, 7},
    OutputGrid {"QLinearMul", 6, 7},
    OutputGrid {"QLinearConcat", 0, 1},
    OutputGrid {"QLinearSigmoid", 3, 4},
    OutputGrid {"QLinearLeakyRelu", 3, 4},
    OutputGrid {"QLinearSoftmax", 3, 4},
    OutputGrid {"QLinearAveragePool", 3, 4},
    OutputGrid {"QLinearGlobalAveragePool", 3, 4},
    OutputGrid {"QLinearReduceMean", 3, 4},
    OutputGrid {"QLinearWhere", 7, 8},
    OutputGrid {"QGemm", 7, 8},
};

// Operators that move integers without looking at them: the grid of input 0 goes on.
constexpr std::array<std::string_view, 14> kSameGrid {
    "MaxPool",  "Reshape", "Flatten", "Transpose", "Slice",        "Squeeze", "Unsqueeze",
    "Identity", "Gather",  "Expand",  "Tile",      "DepthToSpace", "Split",   "SpaceToDepth",
};

constexpr std::array<std::string_view, 7> kSuffixes {
    "_QuantizeLinear_Input",
    "_QuantizeLinear_Output",
    "_DequantizeLinear_Output",
    "_DequantizeLinear_Input",
    "_QuantizeLinear",
    "_DequantizeLinear",
    "_quantized",
};

void addName(std::vector<std::string> &names, std::string name)
{
    const auto addOnce = [&](const std::string &n) {
        if (!n.empty() && std::find(names.begin(), names.end(), n) == names.end())
            names.push_back(n);
    };
    addOnce(name);
    for (bool stripped = true; stripped;) {
        stripped = false;
        for (const std::string_view suffix : kSuffixes) {
            if (name.size() > suffix.size() && name.ends_with(suffix)) {
                name.resize(name.size() - suffix.size());
                addOnce(name);
                stripped = true;
            }
        }
    }
}

std::string inputOf(const onnx::NodeProto &node, int index)
{
    return index < node.input_size() ? node.input(index) : std::string();
}

/// Reads per-tensor parameters; null when they are not constant, not one each or not numbers of their kind.
Result<std::optional<IntegerValue>> readGrid(const Model &model, const std::string &scaleName,
                                             const std::string &zeroPointName)
{
    std::optional<IntegerValue> none;
    if (scaleName.empty())
        return none;
    IntegerValue value;
    value.scaleName = scaleName;
    value.zeroPointName = zeroPointName;
    QS_TRY(const std::optional<Tensor> scale, model.constant(scaleName));
    if (!scale || scale->size() != 1)
        return none;
    QS_TRY(const Tensor scaleFloat, toFloat32(*scale));
    value.params.scale = scaleFloat.floats()[0];
    value.type = DType::UInt8; // ONNX: the type of an absent zero point
    if (!zeroPointName.empty()) {
        QS_TRY(const std::optional<Tensor> zero, model.constant(zeroPointName));
        if (!zero || zero->size() != 1 || isFloatingPoint(zero->type()) || bitsOf(zero->type()) < 8)
            return none;
        QS_TRY(const Tensor zeroFloat, toFloat32(*zero));
        value.params.zeroPoint = static_cast<std::int32_t>(zeroFloat.floats()[0]);
        value.type = zero->type();
    }
    value.limits = typeLimits(value.type);
    return std::optional(value);
}

class Finder
{
public:
    explicit Finder(const Model &model)
        : m_model(model)
        , m_graph(model.graph())
    { }

    Result<std::vector<IntegerValue>> run()
    {
        for (const NodeId id : m_graph.topologicalOrder())
            QS_CHECK(visit(id));
        return std::move(m_values);
    }

private:
    Status visit(NodeId id)
    {
        const onnx::NodeProto &node = m_graph.node(id);
        if (node.op_type() == "QuantizeLinear")
            return visitQuantize(id, node);
        const auto *grid = std::find_if(kOutputGrids.begin(), kOutputGrids.end(),
                                        [&](const OutputGrid &g) { return g.op == node.op_type(); });
        if (grid != kOutputGrids.end()) {
            QS_TRY(std::optional<IntegerValue> value,
                   readGrid(m_model, inputOf(node, grid->scale), inputOf(node, grid->zeroPoint)));
            if (value)
                add(std::move(*value), node.output(0));
        } else if (std::find(kSameGrid.begin(), kSameGrid.end(), node.op_type()) != kSameGrid.end()) {
            visitSameGrid(node);
        }
        return Done {};
    }

    Status visitQuantize(NodeId id, const onnx::NodeProto &node)
    {
        if (node.input_size() < 2 || node.output_size() < 1)
            return Done {};
        QS_TRY(const std::optional<Tensor> constant, m_model.constant(node.input(0)));
        if (constant)
            return Done {}; // a weight quantized at run time
        QS_TRY(std::optional<IntegerValue> value, readGrid(m_model, node.input(1), inputOf(node, 2)));
        if (!value)
            return Done {};
        if (const IntegerValue *source = movedFrom(node.input(0), *value))
            value->limits = source->limits;
        value->quantizers = {id};
        value->floatValue = node.input(0);
        addName(value->names, node.input(0));
        add(std::move(*value), node.output(0));
        return Done {};
    }

    /// The integers behind float value \a moved when an operator only moved them and \a grid is theirs.
    const IntegerValue *movedFrom(const std::string &moved, const IntegerValue &grid) const
    {
        const auto mover = m_graph.producer(moved);
        if (!mover || std::ranges::find(kSameGrid, m_graph.node(*mover).op_type()) == kSameGrid.end())
            return nullptr;
        const auto dequantizer = m_graph.producer(inputOf(m_graph.node(*mover), 0));
        if (!dequantizer || m_graph.node(*dequantizer).op_type() != "DequantizeLinear")
            return nullptr;
        const auto source = m_byValue.find(inputOf(m_graph.node(*dequantizer), 0));
        if (source == m_byValue.end())
            return nullptr;
        const IntegerValue &value = m_values[source->second];
        return value.type == grid.type && value.params == grid.params ? &value : nullptr;
    }

    void visitSameGrid(const onnx::NodeProto &node)
    {
        const auto source = m_byValue.find(inputOf(node, 0));
        if (source == m_byValue.end())
            return;
        IntegerValue value = m_values[source->second];
        value.quantizers.clear();
        value.clips.clear();
        value.floatValue.clear();
        value.names.clear();
        for (const std::string &output : node.output()) {
            if (!output.empty())
                add(value, output);
        }
    }

    void add(IntegerValue value, const std::string &made)
    {
        const auto clip = integerClipBehind(m_model, made);
        const std::string name = clip ? clip->output : made;
        if (clip) {
            value.limits = clip->limits;
            value.clips = {clip->node};
        }
        value.value = name;
        for (const Use &use : m_graph.uses(name)) {
            const onnx::NodeProto &user = m_graph.node(use.node);
            if (use.input == 0 && user.op_type() == "DequantizeLinear" && user.output_size() > 0)
                addName(value.names, user.output(0));
        }
        addName(value.names, name);
        m_byValue[name] = m_values.size();
        m_values.push_back(std::move(value));
    }

    const Model &m_model;
    const GraphView &m_graph;
    std::vector<IntegerValue> m_values;
    std::map<std::string, std::size_t> m_byValue;
};

} // namespace

Result<std::vector<IntegerValue>> findIntegerValues(const Model &model)
{
    return Finder(model).run();
}

} // namespace qs
