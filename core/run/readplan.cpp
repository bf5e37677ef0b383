// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/readplan.h"

#include "core/evaluation/errorsums.h"
#include "core/evaluation/integervalues.h"
#include "core/evaluation/tensormatch.h"
#include "core/model/quantizedview.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

TensorPlan tensorPlan(const MatchedTensor &match)
{
    TensorPlan plan;
    plan.tensor = match.tensor;
    plan.scheme = {.type = match.type, .symmetric = false};
    if (match.limits != typeLimits(match.type))
        plan.scheme = withBits(plan.scheme, bitsOf(match.limits));
    plan.params = {match.params};
    plan.ranges = {{dequantize(match.limits.min, match.params), dequantize(match.limits.max, match.params)}};
    plan.reason = sentence(QS_TR_NOOP("Sentence", "as the file has it"));
    return plan;
}

bool hasForm(const QuantizedView &view, const char *form)
{
    return std::find(view.forms.begin(), view.forms.end(), form) != view.forms.end();
}

/// What makes the values of the layers of \a quantized.
class FormReader
{
public:
    FormReader(const Model &quantized, const QuantizedView &view)
        : m_graph(quantized.graph())
        , m_view(view)
    { }

    NodeForm formOf(const MatchedTensor &match) const
    {
        if (match.isInteger)
            return NodeForm::Integer;
        if (hasForm(m_view, "dynamic"))
            return NodeForm::Dynamic;
        if (!readsWeightsAlone(match))
            return NodeForm::Integer;
        return match.op == "Gather" ? NodeForm::IntegerTable : NodeForm::WeightOnly;
    }

    bool isIntegerTable(const std::string &name) const
    {
        const QuantizedLayer *layer = m_view.find(name);
        return layer && layer->op == "Gather" && isOfWeightsAlone(*layer);
    }

    /// The weights in blocks that \a match was computed with; null when there are none.
    const QuantizedTensor *blocksOf(const MatchedTensor &match) const
    {
        const QuantizedLayer *layer = weightLayer(match);
        for (std::size_t i = 0; layer && i < layer->tensors.size(); ++i) {
            const QuantizedTensor &tensor = m_view.tensors[layer->tensors[i]];
            if (tensor.role == OperandRole::Weight && tensor.blockSize > 0)
                return &tensor;
        }
        return nullptr;
    }

private:
    /// The layer with integers that makes \a match, perhaps with a bias added behind.
    const QuantizedLayer *weightLayer(const MatchedTensor &match) const
    {
        auto producer = m_graph.producer(match.value);
        for (int hops = 0; producer && hops < 3; ++hops) {
            const QuantizedLayer *layer = m_view.find(m_graph.layerName(*producer));
            if (layer && !layer->precision.empty())
                return layer;
            const onnx::NodeProto &node = m_graph.node(*producer);
            std::optional<NodeId> next;
            for (const std::string &input : node.input()) {
                if (!next)
                    next = m_graph.producer(input);
            }
            producer = next;
        }
        return nullptr;
    }

    bool readsWeightsAlone(const MatchedTensor &match) const
    {
        const QuantizedLayer *layer = weightLayer(match);
        if (!layer)
            return !hasForm(m_view, "QDQ") && !hasForm(m_view, "QOperator");
        return isOfWeightsAlone(*layer);
    }

    static bool isOfWeightsAlone(const QuantizedLayer &layer)
    {
        return layer.precision.starts_with('W') && layer.precision.find('A') == std::string::npos;
    }

    const GraphView &m_graph;
    const QuantizedView &m_view;
};

/// Inputs of the float model that are quantized first of all; they are nobody's result, so not matched.
Status addInputs(const Model &reference, const Model &quantized, Plan &plan)
{
    QS_TRY(const std::vector<IntegerValue> values, findIntegerValues(quantized));
    for (const IntegerValue &value : values) {
        const auto name = std::ranges::find_if(
            value.names, [&](const std::string &n) { return reference.graph().isGraphInput(n); });
        if (name == value.names.end() || value.quantizers.empty() || plan.tensors.contains(*name))
            continue;
        plan.tensors[*name] = tensorPlan(
            {.tensor = *name, .type = value.type, .limits = value.limits, .params = value.params});
    }
    return Done {};
}

/// A Relu or Clip that is gone from \a quantized, while its result is on a grid there.
bool isAbsorbed(const onnx::NodeProto &node, const std::string &layer, const Model &quantized,
                const Plan &plan)
{
    return (isOp(node, "Relu") || isOp(node, "Clip")) && !quantized.graph().findLayer(layer)
        && plan.tensors.contains(node.output(0));
}

/// Blocks are in the plan under the name that the float model has for the matrix.
void addBlocks(const Model &reference, const MatchedTensor &match, const QuantizedTensor &found, Plan &plan)
{
    const GraphView &graph = reference.graph();
    const auto layer = graph.findLayer(match.layer);
    const std::string name = layer ? inputAt(graph.node(*layer), 1) : std::string();
    if (name.empty() || (found.bits != 4 && found.bits != 8))
        return;
    TensorPlan tensor;
    tensor.tensor = name;
    tensor.role = TensorRole::Weight;
    const bool isSymmetric
        = std::ranges::all_of(found.zeroPoints, [&](std::int32_t z) { return z == found.zeroPoints[0]; });
    tensor.scheme = {.type = found.bits == 4 ? DType::UInt4 : DType::UInt8, .symmetric = isSymmetric};
    tensor.blocks = BlockScheme {
        .bits = found.bits, .blockSize = static_cast<int>(found.blockSize), .symmetric = isSymmetric};
    tensor.ranges = {found.range};
    tensor.reason = sentence(QS_TR_NOOP("Sentence", "as the file has it"));
    plan.tensors[name] = std::move(tensor);
}

} // namespace

Result<Plan> readPlan(const Model &reference, const Model &quantized)
{
    QS_TRY(const std::vector<MatchedTensor> matches, matchTensors(reference, quantized));
    const QuantizedView view = viewQuantized(quantized);
    Plan plan;
    plan.format = hasForm(view, "QOperator") ? FileFormat::QOperator : FileFormat::Qdq;
    const FormReader reader(quantized, view);
    std::map<std::string, NodeForm> forms;
    for (const MatchedTensor &match : matches) {
        if (match.isInteger)
            plan.tensors[match.tensor] = tensorPlan(match);
        if (match.isQuantizedLayer)
            forms[match.layer] = reader.formOf(match);
        if (const QuantizedTensor *blocks = match.isQuantizedLayer ? reader.blocksOf(match) : nullptr)
            addBlocks(reference, match, *blocks, plan);
    }
    QS_CHECK(addInputs(reference, quantized, plan));
    for (const NodeId id : reference.graph().topologicalOrder()) {
        const std::string &layer = reference.graph().layerName(id);
        // Rows of a table are dequantized at once, so that no float value of its own is left of a Gather.
        if (!forms.contains(layer) && reader.isIntegerTable(layer))
            forms[layer] = NodeForm::IntegerTable;
        if (!forms.contains(layer) && isAbsorbed(reference.graph().node(id), layer, quantized, plan))
            forms[layer] = NodeForm::Absorbed;
        const auto form = forms.find(layer);
        plan.nodes.push_back({layer, reference.graph().node(id).op_type(),
                              form == forms.end() ? NodeForm::Float : form->second,
                              sentence(QS_TR_NOOP("Sentence", "as the file has it"))});
    }
    return plan;
}

} // namespace qs
