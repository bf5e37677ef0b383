// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/advisor/modelfacts.h"

#include "core/model/graphview.h"
#include "core/model/model.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

bool isDepthwise(const GraphView &graph, NodeId id)
{
    const onnx::NodeProto &node = graph.node(id);
    const onnx::TensorProto *const weight
        = node.input_size() > 1 ? graph.initializer(node.input(1)) : nullptr;
    return isOp(node, "Conv") && weight && weight->dims_size() > 1 && weight->dims(1) == 1
        && intAttribute(node, "group", 1) > 1;
}

std::int64_t tableSize(const GraphView &graph, const onnx::NodeProto &node)
{
    const onnx::TensorProto *const table = isOp(node, "Gather") ? graph.initializer(node.input(0)) : nullptr;
    if (!table || table->dims_size() != 2)
        return 0;
    return table->dims(0) * table->dims(1);
}

/// Every step of the sequence multiplies both weights once: W (gates x inputs) and R (gates x states), of all
/// directions.
std::int64_t recurrentMacs(const onnx::NodeProto &node, const ShapeMap &shapes)
{
    const auto sizeOf = [&](int input) -> Shape {
        const auto it = node.input_size() > input ? shapes.find(node.input(input)) : shapes.end();
        return it == shapes.end() ? Shape {-1} : it->second.shape;
    };
    const Shape data = sizeOf(0);
    const std::int64_t weights = elementCount(sizeOf(1));
    const std::int64_t states = elementCount(sizeOf(2));
    if (data.size() != 3 || data[0] < 0 || data[1] < 0 || weights < 0 || states < 0)
        return 0;
    std::int64_t macs = 0;
    const bool isTooMany = __builtin_mul_overflow(data[0], data[1], &macs)
        || __builtin_mul_overflow(macs, weights + states, &macs);
    return isTooMany ? 0 : macs;
}

/// Whether an output ends in as many numbers as a table has rows that an integer input reads.
bool predictsTokens(const GraphView &graph, const ShapeMap &shapes)
{
    for (const ValueInfo &output : graph.outputs()) {
        const auto it = shapes.find(output.name);
        if (it == shapes.end() || it->second.shape.size() < 2)
            continue;
        for (const ValueInfo &input : graph.inputs()) {
            if (input.indexLimit > 0 && it->second.shape.back() == input.indexLimit)
                return true;
        }
    }
    return false;
}

} // namespace

bool isQuantizedOperator(const std::string &op)
{
    return op == "QuantizeLinear" || op == "DequantizeLinear" || op.starts_with("QLinear") || op == "QGemm"
        || op.starts_with("DynamicQuantize") || op == "MatMulInteger" || op == "ConvInteger"
        || op == "MatMulNBits";
}

ModelFacts factsOf(const Model &model, const ShapeMap &shapes)
{
    ModelFacts facts;
    const GraphView &graph = model.graph();
    for (const Layer &layer : makeLayerTable(model, shapes)) {
        facts.parameters += layer.parameters;
        facts.macs += layer.macs;
        facts.isQuantized = facts.isQuantized || isQuantizedOperator(layer.op);
        facts.softmaxLayers += layer.op == "Softmax" ? 1 : 0;
        const auto id = graph.findLayer(layer.name);
        if (!id)
            continue;
        facts.tableParameters += tableSize(graph, graph.node(*id));
        if (layer.op == "Conv" || layer.op == "ConvTranspose") {
            facts.convolutionMacs += layer.macs;
            ++facts.convolutionLayers;
        }
        if (layer.op == "LSTM") {
            facts.lstmMacs += recurrentMacs(graph.node(*id), shapes);
            ++facts.lstmLayers;
        }
        if (layer.op == "GRU" || layer.op == "RNN") {
            facts.gruMacs += recurrentMacs(graph.node(*id), shapes);
            ++facts.gruLayers;
        }
        if (isDepthwise(graph, *id)) {
            facts.depthwiseMacs += layer.macs;
            ++facts.depthwiseLayers;
        }
        if (layer.op == "Gemm" || layer.op == "MatMul")
            (layer.isWeighted ? facts.matrixMacs : facts.attentionMacs) += layer.macs;
        if ((layer.op == "Gemm" || layer.op == "MatMul") && layer.isWeighted)
            ++facts.matrixLayers;
    }
    facts.macs += facts.lstmMacs + facts.gruMacs;
    facts.readsTokens
        = std::ranges::any_of(graph.inputs(), [](const ValueInfo &i) { return i.indexLimit > 0; });
    facts.predictsTokens = facts.readsTokens && predictsTokens(graph, shapes);
    return facts;
}

} // namespace qs
