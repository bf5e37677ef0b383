// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/tensormatch.h"

#include "core/evaluation/integervalues.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

namespace qs {
namespace {

template <std::size_t N> bool isAnyOf(const std::string &op, const std::array<std::string_view, N> &names)
{
    return std::find(names.begin(), names.end(), op) != names.end();
}

constexpr std::array<std::string_view, 4> kWeighted {"Conv", "ConvTranspose", "Gemm", "MatMul"};
constexpr std::array<std::string_view, 4> kFollowers {"Relu", "Clip", "BatchNormalization", "Add"};
// Operators with float output that multiply integers inside (ONNX; com.microsoft, ContribOperators.md).
constexpr std::array<std::string_view, 8> kIntegerInside {
    "MatMulInteger", "ConvInteger", "DynamicQuantizeMatMul", "MatMulIntegerToFloat",
    "MatMulNBits",   "QAttention",  "DynamicQuantizeLSTM",   "GatherBlockQuantized",
};

bool isConstantValue(const GraphView &graph, const std::string &value)
{
    if (graph.initializer(value) && !graph.isGraphInput(value))
        return true;
    const auto producer = graph.producer(value);
    return producer && isOp(graph.node(*producer), "Constant");
}

bool isMadeBy(const GraphView &graph, const std::string &value, const char *op)
{
    const auto producer = graph.producer(value);
    return producer && graph.node(*producer).op_type() == op;
}

/// The node whose output \a value is, when nothing else looks at \a value.
std::optional<NodeId> soleProducer(const GraphView &graph, const std::string &value,
                                   const std::function<bool(const std::string &)> &stopsAt)
{
    if (graph.uses(value).size() != 1 || graph.isGraphOutput(value) || stopsAt(value))
        return {};
    return graph.producer(value);
}

class Matcher
{
public:
    Matcher(const Model &reference, const Model &quantized)
        : m_reference(reference.graph())
        , m_quantized(quantized.graph())
    { }

    void matchIntegers(const std::vector<IntegerValue> &values)
    {
        for (const IntegerValue &value : values) {
            for (const std::string &name : value.names) {
                if (!m_reference.producer(name) || isConstantValue(m_reference, name))
                    continue;
                addInteger(name, value);
                break;
            }
        }
    }

    void matchFloats()
    {
        for (const NodeId id : m_quantized.topologicalOrder()) {
            const onnx::NodeProto &node = m_quantized.node(id);
            if (isOp(node, "Constant") || node.op_type() == "DequantizeLinear"
                || node.op_type() == "QuantizeLinear")
                continue;
            for (const std::string &output : node.output()) {
                if (!output.empty() && m_reference.producer(output) && !m_byTensor.contains(output)
                    && !isConstantValue(m_reference, output) && isSafeToTap(node, output)) {
                    MatchedTensor match;
                    match.tensor = output;
                    match.value = output;
                    add(std::move(match));
                }
            }
        }
        for (MatchedTensor &match : m_matches)
            match.isQuantizedLayer = match.isInteger || isComputedFromIntegers(match.value);
    }

    std::vector<MatchedTensor> take(const Model &reference)
    {
        std::map<NodeId, std::size_t> position;
        for (std::size_t i = 0; i < m_reference.topologicalOrder().size(); ++i)
            position[m_reference.topologicalOrder()[i]] = i;
        std::stable_sort(m_matches.begin(), m_matches.end(), [&](const auto &a, const auto &b) {
            return position[*m_reference.producer(a.tensor)] < position[*m_reference.producer(b.tensor)];
        });
        for (MatchedTensor &match : m_matches) {
            const NodeId layer = *layerOf(reference, match.tensor,
                                          [&](const std::string &v) { return m_byTensor.contains(v); });
            match.layer = m_reference.layerName(layer);
            match.op = m_reference.node(layer).op_type();
        }
        return std::move(m_matches);
    }

private:
    void addInteger(const std::string &tensor, const IntegerValue &value)
    {
        const auto known = m_byTensor.find(tensor);
        if (known != m_byTensor.end()) {
            // Some exporters quantize one value once for every consumer.
            MatchedTensor &match = m_matches[known->second];
            if (!value.quantizers.empty() && match.quantizerInput == value.floatValue) {
                match.quantizers.insert(match.quantizers.end(), value.quantizers.begin(),
                                        value.quantizers.end());
                match.clips.insert(match.clips.end(), value.clips.begin(), value.clips.end());
            }
            return;
        }
        MatchedTensor match;
        match.tensor = tensor;
        match.value = value.value;
        match.isInteger = true;
        match.type = value.type;
        match.limits = value.limits;
        match.params = value.params;
        match.scaleName = value.scaleName;
        match.zeroPointName = value.zeroPointName;
        match.quantizers = value.quantizers;
        match.clips = value.clips;
        match.quantizerInput = value.floatValue;
        add(std::move(match));
    }

    void add(MatchedTensor match)
    {
        m_byTensor[match.tensor] = m_matches.size();
        m_values.insert(match.value);
        m_matches.push_back(std::move(match));
    }

    bool feedsQuantizer(const std::string &value, int hops) const
    {
        for (const Use &use : m_quantized.uses(value)) {
            const onnx::NodeProto &node = m_quantized.node(use.node);
            if (node.op_type() == "QuantizeLinear")
                return true;
            if (hops > 0
                && std::any_of(node.output().begin(), node.output().end(),
                               [&](const std::string &o) { return feedsQuantizer(o, hops - 1); }))
                return true;
        }
        return false;
    }

    /// Not between the DequantizeLinear and the QuantizeLinear of what the runtime makes one integer kernel.
    bool isSafeToTap(const onnx::NodeProto &producer, const std::string &value) const
    {
        if (feedsQuantizer(value, 0))
            return false;
        const bool readsIntegers
            = std::any_of(producer.input().begin(), producer.input().end(),
                          [&](const std::string &i) { return isMadeBy(m_quantized, i, "DequantizeLinear"); });
        return !readsIntegers || !feedsQuantizer(value, 2); // MatMul, Add of a bias, Relu
    }

    bool isIntegerKernel(const onnx::NodeProto &node) const
    {
        if (isAnyOf(node.op_type(), kIntegerInside) || node.op_type().starts_with("QLinear")
            || node.op_type() == "QGemm")
            return true;
        const auto isDequantized = [&](int input) {
            return input < node.input_size() && isMadeBy(m_quantized, node.input(input), "DequantizeLinear");
        };
        if (isAnyOf(node.op_type(), kWeighted))
            return isDequantized(1);
        return isOp(node, "Gather") && isDequantized(0);
    }

    /// Looks back from \a value as far as the values that are compared themselves.
    bool isComputedFromIntegers(const std::string &value) const
    {
        std::vector<std::string> open {value};
        std::set<std::string> seen;
        while (!open.empty()) {
            const std::string current = std::move(open.back());
            open.pop_back();
            const auto producer = m_quantized.producer(current);
            if (!producer || !seen.insert(current).second)
                continue;
            const onnx::NodeProto &node = m_quantized.node(*producer);
            if (isIntegerKernel(node))
                return true;
            for (const std::string &input : node.input()) {
                if (!m_values.contains(input))
                    open.push_back(input);
            }
        }
        return false;
    }

    const GraphView &m_reference;
    const GraphView &m_quantized;
    std::vector<MatchedTensor> m_matches;
    std::map<std::string, std::size_t> m_byTensor;
    std::set<std::string> m_values; ///< matched, by their name in the quantized model
};

} // namespace

std::optional<NodeId> layerOf(const Model &model, const std::string &tensor,
                              const std::function<bool(const std::string &)> &stopsAt)
{
    const GraphView &graph = model.graph();
    const auto first = graph.producer(tensor);
    auto node = first;
    while (node) {
        const onnx::NodeProto &proto = graph.node(*node);
        if (isAnyOf(proto.op_type(), kWeighted))
            return node;
        if (!isAnyOf(proto.op_type(), kFollowers))
            return first;
        std::string above = proto.input_size() > 0 ? proto.input(0) : std::string();
        if (isOp(proto, "Add") && proto.input_size() == 2) {
            if (isConstantValue(graph, above))
                above = proto.input(1);
            else if (!isConstantValue(graph, proto.input(1)))
                return node; // a residual Add is a layer of its own
        }
        node = soleProducer(graph, above, stopsAt);
    }
    return first;
}

Result<std::vector<MatchedTensor>> matchTensors(const Model &reference, const Model &quantized)
{
    QS_TRY(const std::vector<IntegerValue> integers, findIntegerValues(quantized));
    Matcher matcher(reference, quantized);
    matcher.matchIntegers(integers);
    matcher.matchFloats();
    return matcher.take(reference);
}

} // namespace qs
