// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   x ──► Div √2 ──► Erf ──► Add 1 ──► Mul ──► Mul 0.5          the factor 0.5 may come first as well
//   └────────────────────────────────────┘
#include "core/plan/gelunodes.h"

#include "core/model/graphview.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <vector>

namespace qs {
namespace {

constexpr std::size_t kMostNodes = 12; // of the approximation, 9, and a margin

class GeluMatcher
{
public:
    explicit GeluMatcher(const Model &model)
        : m_graph(model.graph())
    { }

    std::set<NodeId> run()
    {
        for (const NodeId id : m_graph.topologicalOrder()) {
            if (isOp(m_graph.node(id), "Erf") || isOp(m_graph.node(id), "Tanh"))
                match(id);
        }
        return std::move(m_found);
    }

private:
    bool isConstant(const std::string &value) const
    {
        const auto producer = m_graph.producer(value);
        return m_graph.initializer(value) || (producer && isOp(m_graph.node(*producer), "Constant"));
    }

    /// The only reader of what \a id makes, when it is an \a op with two operands.
    std::optional<NodeId> next(NodeId id, const char *op) const
    {
        const auto &uses = m_graph.uses(m_graph.node(id).output(0));
        if (uses.size() != 1 || uses[0].input < 0 || m_graph.node(uses[0].node).input_size() != 2
            || !isOp(m_graph.node(uses[0].node), op))
            return std::nullopt;
        return uses[0].node;
    }

    /// The operand of \a id that does not come from \a from.
    const std::string &other(NodeId id, NodeId from) const
    {
        const onnx::NodeProto &node = m_graph.node(id);
        return node.input(node.input(0) == m_graph.node(from).output(0) ? 1 : 0);
    }

    /// \a value, or what it is a constant multiple of.
    std::string unscaled(const std::string &value) const
    {
        const auto producer = m_graph.producer(value);
        if (!producer || !isOp(m_graph.node(*producer), "Mul"))
            return value;
        const onnx::NodeProto &node = m_graph.node(*producer);
        for (int i = 0; i < 2; ++i) {
            if (isConstant(node.input(i)))
                return node.input(1 - i);
        }
        return value;
    }

    void match(NodeId curve)
    {
        const auto plusOne = next(curve, "Add");
        if (!plusOne || !isConstant(other(*plusOne, curve)))
            return;
        std::vector<NodeId> nodes {*plusOne};
        auto product = next(*plusOne, "Mul");
        if (product && isConstant(other(*product, *plusOne))) { // the factor comes before the product
            nodes.push_back(*product);
            product = next(nodes.back(), "Mul");
        }
        if (!product)
            return;
        const std::string value = unscaled(other(*product, nodes.back()));
        nodes.push_back(*product);
        if (const auto factor = next(*product, "Mul"); factor && isConstant(other(*factor, *product)))
            nodes.push_back(*factor);
        if (collect(m_graph.node(*product).input(0), value, nodes)
            && collect(m_graph.node(*product).input(1), value, nodes))
            m_found.insert(nodes.begin(), nodes.end());
    }

    /// Adds all that makes \a from out of \a value; false when something else goes in.
    bool collect(const std::string &from, const std::string &value, std::vector<NodeId> &nodes) const
    {
        if (from == value || isConstant(from))
            return true;
        const auto producer = m_graph.producer(from);
        if (!producer || nodes.size() > kMostNodes)
            return false;
        const onnx::NodeProto &node = m_graph.node(*producer);
        static const std::set<std::string> kOps = {"Add", "Mul", "Div", "Pow", "Erf", "Tanh"};
        if (!isOp(node, node.op_type().c_str()) || !kOps.contains(node.op_type()))
            return false;
        nodes.push_back(*producer);
        return std::ranges::all_of(node.input(),
                                   [&](const std::string &input) { return collect(input, value, nodes); });
    }

    const GraphView &m_graph;
    std::set<NodeId> m_found;
};

} // namespace

std::set<NodeId> geluNodes(const Model &model)
{
    return GeluMatcher(model).run();
}

} // namespace qs
