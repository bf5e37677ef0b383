// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphview.h"

#include "core/model/layernames.h"
#include "core/model/subgraphs.h"
#include "core/model/toposort.h"
#include "core/model/valueinfo.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <unordered_set>

namespace qs {
namespace {

void collectSubGraphs(const onnx::NodeProto &node, NodeId owner,
                      std::vector<std::pair<NodeId, const onnx::GraphProto *>> &found)
{
    forEachSubGraph(node, [&](const onnx::GraphProto &graph) {
        found.emplace_back(owner, &graph);
        for (const auto &inner : graph.node())
            collectSubGraphs(inner, owner, found);
    });
}

} // namespace

GraphView::GraphView(const onnx::GraphProto &graph)
{
    const int count = graph.node_size();
    m_nodes.reserve(static_cast<std::size_t>(count));
    std::unordered_map<std::string, int> called;
    for (int i = 0; i < count; ++i) {
        const NodeId id {i};
        const onnx::NodeProto &node = graph.node(i);
        m_nodes.push_back(&node);
        if (!node.name().empty())
            ++called[node.name()];
        for (int k = 0; k < node.input_size(); ++k) {
            if (!node.input(k).empty())
                m_uses[node.input(k)].push_back({id, k});
        }
        for (const std::string &value : outerValues(node))
            m_uses[value].push_back({id, -1});
        for (const std::string &output : node.output()) {
            if (!output.empty())
                m_producers.emplace(output, id);
        }
        collectSubGraphs(node, id, m_subGraphs);
    }
    const auto nodesCalled = [&](const std::string &name) {
        const auto it = called.find(name);
        return it == called.end() ? 0 : it->second;
    };
    m_layerNames.reserve(m_nodes.size());
    for (int i = 0; i < count; ++i) {
        m_layerNames.push_back(layerNameFor(graph.node(i), {i}, nodesCalled));
        m_byName.emplace(m_layerNames.back(), NodeId {i});
    }

    for (const auto &initializer : graph.initializer())
        m_initializers.emplace(initializer.name(), &initializer);
    std::unordered_set<std::string> sparse;
    for (const auto &initializer : graph.sparse_initializer())
        sparse.insert(initializer.values().name());
    for (const auto &input : graph.input()) {
        if (m_initializers.count(input.name()) == 0 && sparse.count(input.name()) == 0) {
            m_inputs.push_back(readValueInfo(input));
            m_inputs.back().indexLimit = indexLimitOf(input.name());
        }
    }
    for (const auto &output : graph.output())
        m_outputs.push_back(readValueInfo(output));

    std::vector<NodeId> ids;
    for (int i = 0; i < count; ++i)
        ids.push_back({i});
    const auto predecessors = [&](NodeId id) {
        std::vector<NodeId> needs;
        const auto need = [&](const std::string &value) {
            if (const auto it = m_producers.find(value); it != m_producers.end())
                needs.push_back(it->second);
        };
        for (const std::string &input : node(id).input())
            need(input);
        for (const std::string &value : outerValues(node(id)))
            need(value);
        return needs;
    };
    TopologicalOrder sorted = sortTopologically(ids, predecessors);
    m_order = std::move(sorted.order);
    m_nodeOnCycle = sorted.onCycle;
}

std::optional<NodeId> GraphView::findLayer(const std::string &name) const
{
    const auto it = m_byName.find(name);
    return it == m_byName.end() ? std::nullopt : std::optional(it->second);
}

std::int64_t GraphView::indexLimitOf(const std::string &input) const
{
    std::int64_t limit = 0;
    for (const Use &use : uses(input)) {
        const onnx::NodeProto &reader = node(use.node);
        const onnx::TensorProto *const table
            = isOp(reader, "Gather") && use.input == 1 ? initializer(reader.input(0)) : nullptr;
        const std::int64_t axis = table ? intAttribute(reader, "axis", 0) : -1;
        if (!table || axis < 0 || axis >= table->dims_size())
            continue;
        const std::int64_t rows = table->dims(static_cast<int>(axis));
        limit = limit == 0 ? rows : std::min(limit, rows);
    }
    return limit;
}

std::optional<NodeId> GraphView::producer(const std::string &value) const
{
    const auto it = m_producers.find(value);
    return it == m_producers.end() ? std::nullopt : std::optional(it->second);
}

const std::vector<Use> &GraphView::uses(const std::string &value) const
{
    static const std::vector<Use> kNone;
    const auto it = m_uses.find(value);
    return it == m_uses.end() ? kNone : it->second;
}

const onnx::TensorProto *GraphView::initializer(const std::string &name) const
{
    const auto it = m_initializers.find(name);
    return it == m_initializers.end() ? nullptr : it->second;
}

bool GraphView::isGraphInput(const std::string &value) const
{
    return std::any_of(m_inputs.begin(), m_inputs.end(), [&](const ValueInfo &v) { return v.name == value; });
}

bool GraphView::isGraphOutput(const std::string &value) const
{
    return std::any_of(m_outputs.begin(), m_outputs.end(),
                       [&](const ValueInfo &v) { return v.name == value; });
}

} // namespace qs
