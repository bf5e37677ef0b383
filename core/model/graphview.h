// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/tensor/tensor.h"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace onnx {
class GraphProto;
class NodeProto;
class TensorProto;
class AttributeProto;
}

namespace qs {

struct ValueInfo
{
    std::string name;
    DType type = DType::Undefined;
    Shape shape; ///< -1 = unknown or symbolic
    bool hasShape = false;
    /// Rows of the smallest table that a Gather reads at the places this graph input names; 0 = none.
    std::int64_t indexLimit = 0;
};

/// One use of a value: input number \a input of \a node. A use inside a sub-graph of an If or Loop counts as
/// a use by that node with \a input == -1.
struct Use
{
    NodeId node;
    int input = 0;

    bool operator==(const Use &) const = default;
};

/// Read access to the main graph of a model: who makes a value, who uses it, in which order.
class GraphView
{
public:
    explicit GraphView(const onnx::GraphProto &graph); ///< \a graph must outlive the view

    int nodeCount() const { return static_cast<int>(m_nodes.size()); }
    const onnx::NodeProto &node(NodeId id) const { return *m_nodes[static_cast<std::size_t>(id.index)]; }
    /// The node's name where it has one and it is unique, else its first output's name. Never empty, always
    /// unique.
    const std::string &layerName(NodeId id) const { return m_layerNames[static_cast<std::size_t>(id.index)]; }
    std::optional<NodeId> findLayer(const std::string &name) const;
    /// Ids in an order in which every value is made before it is used; the file's own order where that is
    /// one.
    const std::vector<NodeId> &topologicalOrder() const { return m_order; }

    /// A node that depends on its own output; a Model never has one.
    const std::optional<NodeId> &nodeOnCycle() const { return m_nodeOnCycle; }

    std::optional<NodeId> producer(const std::string &value) const;
    const std::vector<Use> &uses(const std::string &value) const;
    const onnx::TensorProto *initializer(const std::string &name) const;
    bool
    isGraphInput(const std::string &value) const; ///< and not an initializer that is listed as an input too
    bool isGraphOutput(const std::string &value) const;

    /// Inputs a user must feed, in order (IR 3 lists initializers too; they are left out).
    const std::vector<ValueInfo> &inputs() const { return m_inputs; }
    const std::vector<ValueInfo> &outputs() const { return m_outputs; }
    /// Graphs of If, Loop, Scan bodies, with the node that owns them.
    const std::vector<std::pair<NodeId, const onnx::GraphProto *>> &subGraphs() const { return m_subGraphs; }

private:
    std::int64_t indexLimitOf(const std::string &input) const;

    std::vector<const onnx::NodeProto *> m_nodes;
    std::vector<std::string> m_layerNames;
    std::vector<NodeId> m_order;
    std::optional<NodeId> m_nodeOnCycle;
    std::unordered_map<std::string, NodeId> m_producers;
    std::unordered_map<std::string, std::vector<Use>> m_uses;
    std::unordered_map<std::string, const onnx::TensorProto *> m_initializers;
    std::unordered_map<std::string, NodeId> m_byName;
    std::vector<ValueInfo> m_inputs;
    std::vector<ValueInfo> m_outputs;
    std::vector<std::pair<NodeId, const onnx::GraphProto *>> m_subGraphs;
};

/// Attributes with a default; a missing attribute and one of another type give the default.
std::int64_t intAttribute(const onnx::NodeProto &node, const std::string &name, std::int64_t fallback);
float floatAttribute(const onnx::NodeProto &node, const std::string &name, float fallback);
std::string stringAttribute(const onnx::NodeProto &node, const std::string &name,
                            const std::string &fallback);
std::vector<std::int64_t> intsAttribute(const onnx::NodeProto &node, const std::string &name);
const onnx::AttributeProto *findAttribute(const onnx::NodeProto &node, const std::string &name);
/// An operator of the default ONNX domain ("" or "ai.onnx") called \a op.
bool isOp(const onnx::NodeProto &node, const char *op);

} // namespace qs
