// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/bodymodel.h"

#include "core/model/graphview.h"
#include "core/model/integerops.h"
#include "core/model/subgraphs.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

class BodyBuilder
{
public:
    BodyBuilder(const GraphView &outer, const onnx::GraphProto &body, onnx::GraphProto &graph)
        : m_outer(outer)
        , m_graph(graph)
    {
        m_graph = body;
        for (const std::string &value : outerValues(body))
            bring(value);
    }

private:
    void bring(const std::string &value)
    {
        if (value.empty() || !m_known.insert(value).second)
            return;
        if (const onnx::TensorProto *constant = m_outer.initializer(value)) {
            *m_graph.add_initializer() = *constant;
            return;
        }
        const auto producer = m_outer.producer(value);
        if (!producer || !isBrought(m_outer.node(*producer))) {
            m_graph.add_input()->set_name(value);
            return;
        }
        const onnx::NodeProto &node = m_outer.node(*producer);
        *m_graph.add_node() = node;
        m_known.insert(node.output().begin(), node.output().end());
        for (const std::string &input : node.input())
            bring(input);
    }

    static bool isBrought(const onnx::NodeProto &node)
    {
        return isOp(node, "Constant") || isQuantizeLinear(node) || isDequantizeLinear(node);
    }

    const GraphView &m_outer;
    onnx::GraphProto &m_graph;
    std::set<std::string> m_known;
};

} // namespace

Result<ModelPtr> modelOfBody(const Model &model, const onnx::GraphProto &body)
{
    auto proto = std::make_unique<onnx::ModelProto>();
    proto->set_ir_version(model.proto().ir_version());
    *proto->mutable_opset_import() = model.proto().opset_import();
    BodyBuilder(model.graph(), body, *proto->mutable_graph());
    return Model::create(std::move(proto), model.externalData(), model.path());
}

} // namespace qs
