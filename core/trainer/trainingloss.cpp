// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/trainingloss.h"

#include "core/model/graphview.h"

#include <algorithm>
#include <regex>

namespace qs {
namespace {

/// Outputs of layers whose name \a expression matches.
Result<std::vector<int>> matchingLayers(const TrainGraph &graph, const std::string &expression)
{
    const std::string subject = "distill_layers '" + expression + "'";
    std::vector<int> layers;
    try {
        const std::regex pattern(expression);
        for (const TrainNode &node : graph.nodes) {
            // The value before its rounding: gradients should not have to pass one more.
            if (node.op == "BatchStatistics") {
                // Of the layer just before it, whose own output has no meaning while these are in use.
                if (!layers.empty() && layers.back() == node.inputs[0])
                    layers.back() = node.outputs[0];
                continue;
            }
            const bool rounds = node.grid >= 0;
            if (!rounds && !node.outputs.empty() && node.outputs[0] >= 0
                && std::regex_search(node.layer, pattern))
                layers.push_back(node.outputs[0]);
        }
    } catch (const std::regex_error &) {
        return Error {ErrorCode::InvalidArgument, subject, "is no regular expression"};
    }
    if (layers.empty())
        return Error {ErrorCode::InvalidArgument, subject, "matches no layer"};
    return layers;
}

bool endsInSoftmax(const TrainGraph &graph)
{
    int value = graph.outputs.front();
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
        if (std::find(node->outputs.begin(), node->outputs.end(), value) == node->outputs.end())
            continue;
        if (node->op == "Softmax")
            return true;
        const bool passes = node->op == "FakeQuantize" || node->op == "BatchStatistics"
            || node->op == "Reshape" || node->op == "Flatten" || node->op == "Identity"
            || node->op == "Squeeze";
        if (!passes)
            return false;
        value = node->inputs[0];
    }
    return false;
}

} // namespace

Result<LossSpec> chooseLoss(const TrainGraph &graph, const Model &prepared, const TrainingSettings &settings,
                            bool hasLabels)
{
    const bool byLabels = settings.supervision != Supervision::Distillation;
    const bool byTeacher = settings.supervision != Supervision::Labels;
    if (byLabels && !hasLabels)
        return Error {ErrorCode::InvalidArgument, "training data",
                      "has no labels; set supervision=distillation to learn from the float model"};
    LossSpec loss;
    loss.output = graph.outputs.front();
    loss.labels = byLabels ? 1 : 0;
    loss.distillation = byTeacher ? 1 : 0;
    loss.temperature = settings.temperature;
    loss.probabilities = endsInSoftmax(graph);
    const ValueInfo &output = prepared.graph().outputs().front();
    loss.classes = hasLabels || loss.probabilities || (output.hasShape && output.shape.size() == 2);
    loss.layerWeight = settings.layerWeight;
    if (byTeacher)
        loss.layers.assign(graph.outputs.begin() + 1, graph.outputs.end());
    if (!settings.distilledLayers.empty()) {
        QS_TRY(const std::vector<int> layers, matchingLayers(graph, settings.distilledLayers));
        if (byTeacher)
            loss.layers.insert(loss.layers.end(), layers.begin(), layers.end());
    }
    return loss;
}

} // namespace qs
