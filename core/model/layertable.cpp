// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/layertable.h"

#include "core/model/attributetext.h"
#include "core/model/constanttype.h"
#include "core/model/graphview.h"
#include "core/model/weightedop.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <unordered_set>

namespace qs {
namespace {

bool isRandom(const onnx::NodeProto &node)
{
    const std::string &op = node.op_type();
    return op.rfind("Random", 0) == 0 || op == "Bernoulli" || op == "Multinomial" || op == "Dropout";
}

/// Values that do not depend on the graph inputs: constants and what is computed from them alone.
std::unordered_set<std::string> constantValues(const Model &model)
{
    const GraphView &graph = model.graph();
    std::unordered_set<std::string> constants;
    for (const auto &initializer : model.proto().graph().initializer())
        constants.insert(initializer.name());
    std::unordered_set<NodeId> withSubGraphs;
    for (const auto &[owner, inner] : graph.subGraphs())
        withSubGraphs.insert(owner);
    for (const NodeId id : graph.topologicalOrder()) {
        const onnx::NodeProto &node = graph.node(id);
        if (withSubGraphs.count(id) > 0 || isRandom(node))
            continue;
        const bool constant = std::all_of(node.input().begin(), node.input().end(), [&](const auto &input) {
            return input.empty() || constants.count(input) > 0;
        });
        if (constant)
            constants.insert(node.output().begin(), node.output().end());
    }
    return constants;
}

std::optional<TensorType> typeOf(const Model &model, const ShapeMap &shapes, const std::string &value)
{
    if (const auto it = shapes.find(value); it != shapes.end())
        return it->second;
    return constantType(model, value);
}

std::optional<Shape> shapeOf(const Model &model, const ShapeMap &shapes, const std::string &value)
{
    const std::optional<TensorType> type = typeOf(model, shapes, value);
    return type ? std::optional(type->shape) : std::nullopt;
}

/// \a counted holds the constants that an earlier node had.
std::int64_t countParameters(const Model &model, const onnx::NodeProto &node,
                             std::unordered_set<std::string> &counted)
{
    if (isOp(node, "Constant"))
        return 0; // they are those of the node that uses it
    std::int64_t count = 0;
    for (int i = 0; i < node.input_size(); ++i) {
        const std::optional<TensorType> type = constantType(model, node.input(i));
        if (type && isParameter(node, i, type->type) && counted.insert(node.input(i)).second)
            count += parametersIn(node, i, type->shape);
    }
    return count;
}

} // namespace

std::vector<Layer> makeLayerTable(const Model &model, const ShapeMap &shapes)
{
    const GraphView &graph = model.graph();
    const std::unordered_set<std::string> constants = constantValues(model);
    std::unordered_set<std::string> counted;
    std::vector<Layer> layers;
    layers.reserve(static_cast<std::size_t>(graph.nodeCount()));
    for (const NodeId id : graph.topologicalOrder()) {
        const onnx::NodeProto &node = graph.node(id);
        Layer layer;
        layer.name = graph.layerName(id);
        layer.op = node.op_type();
        layer.domain = node.domain() == "ai.onnx" ? std::string() : node.domain();
        layer.attributes = attributesAsText(node);
        for (const std::string &input : node.input()) {
            if (input.empty() || constants.count(input) > 0)
                continue;
            layer.inputs.push_back(input);
            layer.inputShapes.push_back(shapeOf(model, shapes, input));
        }
        for (const std::string &output : node.output()) {
            if (output.empty())
                continue;
            layer.outputs.push_back(output);
            layer.outputShapes.push_back(shapeOf(model, shapes, output));
        }
        layer.parameters = countParameters(model, node, counted);
        layer.isWeighted = hasWeight(node, [&](const std::string &v) { return constants.count(v) > 0; });
        layer.macs = countMacs(node, [&](const std::string &v) { return typeOf(model, shapes, v); });
        layers.push_back(std::move(layer));
    }
    return layers;
}

} // namespace qs
