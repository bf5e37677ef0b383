// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphedit.h"
#include "core/trainer/traingraphbuilder.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

/// The layers' own biases, for those that shared one.
std::map<std::string, NodeId> layersByBiasKey(const GraphEdit &edit)
{
    std::map<std::string, NodeId> layers;
    for (const NodeId id : edit.nodes())
        layers[biasKey(edit.layerName(id))] = id;
    return layers;
}

} // namespace

Result<ModelPtr> withTrainedValues(const Model &prepared, const std::vector<TrainedValue> &values)
{
    GraphEdit edit(prepared);
    const std::map<std::string, NodeId> byBias = layersByBiasKey(edit);
    for (const auto &[name, tensor] : values) {
        if (const auto it = byBias.find(name); it != byBias.end()) {
            const std::string own = edit.uniqueName(edit.layerName(it->second) + "_bias");
            edit.setInitializer(own, tensor);
            edit.setInput(it->second, 2, own);
            continue;
        }
        if (const auto producer = edit.producer(name))
            edit.removeNode(*producer); // a Constant
        edit.setInitializer(name, tensor);
    }
    return edit.finish();
}

Plan withTrainedGrids(const Plan &plan, const TrainGraph &graph,
                      const std::vector<std::vector<ScaleZeroPoint>> &grids, const Text &reason)
{
    Plan trained = plan;
    std::map<std::string, const std::vector<ScaleZeroPoint> *> learned;
    for (std::size_t g = 0; g < grids.size(); ++g)
        learned[graph.grids[g].tensor] = &grids[g];
    for (auto &[name, tensor] : trained.tensors) {
        tensor.shift.clear();
        tensor.roundUp.clear();
        const auto it = learned.find(gridOwner(plan, name));
        if (it == learned.end() || it->second->size() != tensor.params.size() || *it->second == tensor.params)
            continue;
        const QuantLimits limits = limitsOf(tensor.scheme);
        tensor.params = *it->second;
        for (std::size_t c = 0; c < tensor.params.size(); ++c)
            tensor.ranges[c]
                = {dequantize(limits.min, tensor.params[c]), dequantize(limits.max, tensor.params[c])};
        tensor.reason = reason;
    }
    // A bias lies on the product of the grids it is added to.
    for (const TrainNode &node : graph.nodes) {
        if (node.op != "FakeQuantizeBias")
            continue;
        const auto it = trained.tensors.find(node.layer);
        if (it == trained.tensors.end())
            continue;
        const float input = grids[static_cast<std::size_t>(node.inputGrid)][0].scale;
        const std::vector<ScaleZeroPoint> &weights = grids[static_cast<std::size_t>(node.grid)];
        for (std::size_t c = 0; c < it->second.params.size(); ++c)
            it->second.params[c] = {input * weights[weights.size() == 1 ? 0 : c].scale, 0};
    }
    return trained;
}

} // namespace qs
