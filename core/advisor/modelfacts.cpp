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
        facts.recurrentLayers += layer.op == "LSTM" ? 1 : 0;
        facts.gruLayers += layer.op == "GRU" ? 1 : 0;
        facts.softmaxLayers += layer.op == "Softmax" ? 1 : 0;
        const auto id = graph.findLayer(layer.name);
        if (!id)
            continue;
        facts.tableParameters += tableSize(graph, graph.node(*id));
        if (layer.op == "Conv" || layer.op == "ConvTranspose")
            facts.convolutionMacs += layer.macs;
        if (isDepthwise(graph, *id)) {
            facts.depthwiseMacs += layer.macs;
            ++facts.depthwiseLayers;
        }
        if (layer.op == "Gemm" || layer.op == "MatMul")
            (layer.isWeighted ? facts.matrixMacs : facts.attentionMacs) += layer.macs;
    }
    facts.readsTokens
        = std::ranges::any_of(graph.inputs(), [](const ValueInfo &i) { return i.indexLimit > 0; });
    return facts;
}

} // namespace qs
