// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/subgraphs.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

using Names = std::set<std::string>;

Names ownNames(const onnx::GraphProto &graph)
{
    Names names;
    for (const auto &input : graph.input())
        names.insert(input.name());
    for (const auto &initializer : graph.initializer())
        names.insert(initializer.name());
    for (const auto &sparse : graph.sparse_initializer())
        names.insert(sparse.values().name());
    for (const auto &node : graph.node())
        names.insert(node.output().begin(), node.output().end());
    return names;
}

void renameIn(onnx::GraphProto &graph, const std::string &from, const std::string &to)
{
    if (ownNames(graph).count(from) > 0)
        return;
    for (auto &node : *graph.mutable_node()) {
        for (std::string &input : *node.mutable_input()) {
            if (input == from)
                input = to;
        }
        renameOuterValue(node, from, to);
    }
    for (auto &output : *graph.mutable_output()) {
        if (output.name() == from)
            output.set_name(to);
    }
}

using TensorVisitor = std::function<void(const onnx::TensorProto &)>;

void visitGraph(const onnx::GraphProto &graph, const TensorVisitor &visit);

void visitNode(const onnx::NodeProto &node, const TensorVisitor &visit)
{
    for (const auto &attribute : node.attribute()) {
        if (attribute.has_t())
            visit(attribute.t());
        for (const auto &tensor : attribute.tensors())
            visit(tensor);
        if (attribute.has_g())
            visitGraph(attribute.g(), visit);
        for (const auto &graph : attribute.graphs())
            visitGraph(graph, visit);
    }
}

void visitGraph(const onnx::GraphProto &graph, const TensorVisitor &visit)
{
    for (const auto &initializer : graph.initializer())
        visit(initializer);
    for (const auto &node : graph.node())
        visitNode(node, visit);
}

} // namespace

void forEachSubGraph(const onnx::NodeProto &node, const std::function<void(const onnx::GraphProto &)> &visit)
{
    for (const auto &attribute : node.attribute()) {
        if (attribute.has_g())
            visit(attribute.g());
        for (const auto &graph : attribute.graphs())
            visit(graph);
    }
}

void forEachSubGraph(onnx::NodeProto &node, const std::function<void(onnx::GraphProto &)> &visit)
{
    // The graphs belong to a node that may be changed, so they may be changed too.
    forEachSubGraph(std::as_const(node),
                    [&](const onnx::GraphProto &graph) { visit(const_cast<onnx::GraphProto &>(graph)); });
}

std::set<std::string> outerValues(const onnx::NodeProto &node)
{
    Names names;
    forEachSubGraph(node, [&](const onnx::GraphProto &graph) { names.merge(outerValues(graph)); });
    return names;
}

std::set<std::string> outerValues(const onnx::GraphProto &body)
{
    Names used;
    for (const auto &node : body.node()) {
        used.insert(node.input().begin(), node.input().end());
        used.merge(outerValues(node));
    }
    for (const auto &output : body.output())
        used.insert(output.name());
    for (const std::string &own : ownNames(body))
        used.erase(own);
    used.erase(std::string()); // an optional input that is left out
    return used;
}

void renameOuterValue(onnx::NodeProto &node, const std::string &from, const std::string &to)
{
    forEachSubGraph(node, [&](onnx::GraphProto &graph) { renameIn(graph, from, to); });
}

void forEachInnerName(const onnx::NodeProto &node, const std::function<void(const std::string &)> &visit)
{
    forEachSubGraph(node, [&](const onnx::GraphProto &graph) {
        for (const std::string &name : ownNames(graph))
            visit(name);
        for (const auto &inner : graph.node()) {
            visit(inner.name());
            forEachInnerName(inner, visit);
        }
    });
}

void forEachTensor(const onnx::ModelProto &model, const TensorVisitor &visit)
{
    visitGraph(model.graph(), visit);
    for (const auto &function : model.functions()) {
        for (const auto &node : function.node())
            visitNode(node, visit);
    }
    for (const auto &training : model.training_info()) {
        visitGraph(training.initialization(), visit);
        visitGraph(training.algorithm(), visit);
    }
}

void forEachTensor(onnx::ModelProto &model, const std::function<void(onnx::TensorProto &)> &visit)
{
    // The tensors belong to a model that may be changed, so they may be changed too.
    forEachTensor(std::as_const(model),
                  [&](const onnx::TensorProto &tensor) { visit(const_cast<onnx::TensorProto &>(tensor)); });
}

} // namespace qs
