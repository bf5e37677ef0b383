// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphcheck.h"

#include "core/model/subgraphs.h"

#include <onnx/onnx_pb.h>

#include <string>
#include <unordered_set>
#include <vector>

namespace qs {
namespace {

using Names = std::unordered_set<std::string>;
using Scopes = std::vector<const Names *>;

Error wrong(const std::string &why)
{
    return {ErrorCode::Format, {}, why};
}

std::string nodeText(const onnx::NodeProto &node)
{
    const std::string &name = !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
    return node.op_type() + " node '" + name + "'";
}

bool isKnown(const Scopes &scopes, const std::string &value)
{
    for (const Names *names : scopes) {
        if (names->count(value) > 0)
            return true;
    }
    return false;
}

/// Names that \a graph defines, each once.
Result<Names> definitions(const onnx::GraphProto &graph)
{
    Names names;
    for (const auto &input : graph.input()) {
        if (!names.insert(input.name()).second)
            return wrong("graph input '" + input.name() + "' is listed twice");
    }
    Names initializers;
    for (const auto &initializer : graph.initializer()) {
        // An initializer with the name of an input is that input's default value.
        if (!initializers.insert(initializer.name()).second)
            return wrong("initializer '" + initializer.name() + "' is there twice");
    }
    for (const auto &sparse : graph.sparse_initializer()) {
        if (!initializers.insert(sparse.values().name()).second)
            return wrong("initializer '" + sparse.values().name() + "' is there twice");
    }
    names.merge(initializers);
    for (const auto &node : graph.node()) {
        for (const std::string &output : node.output()) {
            if (!output.empty() && !names.insert(output).second)
                return wrong(nodeText(node) + " produces '" + output + "', which has another producer");
        }
    }
    return names;
}

Status checkIn(const onnx::GraphProto &graph, Scopes scopes);

Status checkNode(const onnx::NodeProto &node, const Scopes &scopes)
{
    for (const std::string &input : node.input()) {
        if (!input.empty() && !isKnown(scopes, input))
            return wrong(nodeText(node) + " reads '" + input + "', which nothing produces");
    }
    Status status = Done {};
    forEachSubGraph(node, [&](const onnx::GraphProto &graph) {
        if (status.ok())
            status = checkIn(graph, scopes);
    });
    return status;
}

Status checkIn(const onnx::GraphProto &graph, Scopes scopes)
{
    QS_TRY(const Names names, definitions(graph));
    scopes.push_back(&names);
    for (const auto &node : graph.node())
        QS_CHECK(checkNode(node, scopes));
    for (const auto &output : graph.output()) {
        if (!isKnown(scopes, output.name()))
            return wrong("graph output '" + output.name() + "' is produced by no node");
    }
    return Done {};
}

} // namespace

Status checkGraph(const onnx::GraphProto &graph)
{
    return checkIn(graph, {});
}

} // namespace qs
