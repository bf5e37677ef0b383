// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/layerrows.h"

#include "core/model/graphview.h"

#include <onnx/onnx_pb.h>

#include <unordered_map>

namespace qs {
namespace {

/// \a isOnGrid: the output of the layer is made of integers.
void addRange(LayerRow &row, const Quantized &quantized, bool isOnGrid)
{
    if (row.tensor.empty())
        return;
    const auto plan = quantized.plan.tensors.find(row.tensor);
    if (plan != quantized.plan.tensors.end()) {
        if (isOnGrid)
            row.precision = schemeText(plan->second.scheme);
        row.observer = plan->second.reason.str();
        if (!plan->second.ranges.empty())
            row.clip = plan->second.ranges.front();
    }
    if (!quantized.statistics)
        return;
    const auto statistics = quantized.statistics->tensors.find(row.tensor);
    if (statistics != quantized.statistics->tensors.end())
        row.extent = statistics->second.extent;
}

void addDrift(LayerRow &row, const LayerDrift &drift)
{
    row.tensor = drift.tensor;
    row.drift = drift.accumulated;
    row.alone = drift.alone;
}

/// "int8", or "int8 (4 bit)" where it uses fewer than it has.
std::string typeText(const QuantScheme &scheme)
{
    const std::string type(toString(scheme.type));
    return bitsOf(scheme) == bitsOf(scheme.type) ? type
                                                 : type + " (" + std::to_string(bitsOf(scheme)) + " bit)";
}

/// Precision of the constant operand that the plan quantizes as a weight.
std::string weightsOf(const Quantized &quantized, const std::string &layer)
{
    if (!quantized.prepared)
        return {};
    const GraphView &graph = quantized.prepared->graph();
    const auto node = graph.findLayer(layer);
    if (!node)
        return {};
    for (const std::string &input : graph.node(*node).input()) {
        const auto plan = quantized.plan.tensors.find(input);
        if (plan != quantized.plan.tensors.end() && plan->second.role == TensorRole::Weight)
            return typeText(plan->second.scheme) + (plan->second.axis ? " per channel" : " per tensor");
    }
    return {};
}

std::string outputOf(const Quantized &quantized, const std::string &layer)
{
    if (!quantized.prepared)
        return {};
    const GraphView &graph = quantized.prepared->graph();
    const auto node = graph.findLayer(layer);
    return node && graph.node(*node).output_size() > 0 ? graph.node(*node).output(0) : std::string();
}

} // namespace

std::string schemeText(const QuantScheme &scheme)
{
    std::string text = typeText(scheme);
    if (scheme.symmetric)
        text += " symmetric";
    return text;
}

std::vector<LayerRow> makeLayerRows(const Run &run)
{
    std::unordered_map<std::string, const LayerDrift *> drifts;
    if (run.drift) {
        for (const LayerDrift &layer : run.drift->layers)
            drifts.emplace(layer.name, &layer);
    }
    std::vector<LayerRow> rows;
    if (run.quantized) {
        for (const NodePlan &node : run.quantized->plan.nodes) {
            LayerRow row;
            row.name = node.layer;
            row.op = node.op;
            row.quantized = node.isQuantized();
            row.reason = node.reason.str();
            row.precision = node.form == NodeForm::Absorbed ? "absorbed" : "float";
            row.weights = weightsOf(*run.quantized, node.layer);
            const auto drift = drifts.find(node.layer);
            if (drift != drifts.end()) {
                addDrift(row, *drift->second);
                drifts.erase(drift);
            } else {
                row.tensor = outputOf(*run.quantized, node.layer);
            }
            addRange(row, *run.quantized, node.form == NodeForm::Integer || node.form == NodeForm::Moves);
            rows.push_back(std::move(row));
        }
    }
    if (!run.drift)
        return rows;
    for (const LayerDrift &layer : run.drift->layers) {
        if (drifts.erase(layer.name) == 0)
            continue;
        LayerRow row;
        row.name = layer.name;
        row.op = layer.op;
        row.quantized = layer.alone.has_value();
        addDrift(row, layer);
        if (run.quantized)
            addRange(row, *run.quantized, row.quantized);
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace qs
