// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/placement.h"

#include "core/plan/operatorrules.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <unordered_map>

namespace qs {
namespace {

class Placer
{
public:
    Placer(const Model &model, const ShapeMap &shapes, const Target &target, const std::set<NodeId> &excluded)
        : m_graph(model.graph())
        , m_rules(model, shapes, target)
        , m_target(target)
        , m_excluded(excluded)
        , m_isOnInputs(target.gridPlacement == GridPlacement::OnInputs)
    { }

    Result<Placement> place()
    {
        QS_CHECK(placeWeighted());
        findTail();
        for (const NodeId id : m_graph.topologicalOrder())
            placeFollower(id);
        dropUselessMoves();
        freeOutputs();
        return result();
    }

private:
    PlacedNode &placed(NodeId id) { return m_placed[id]; }
    NodeForm form(NodeId id) const { return m_placed.at(id).form; }

    void makeInteger(NodeId id, const Text &reason)
    {
        placed(id).form = NodeForm::Integer;
        placed(id).reason = reason;
        for (const std::string &input : integerInputs(id))
            m_quantized.insert(input);
        if (!m_isOnInputs)
            m_quantized.insert(m_graph.node(id).output(0));
    }

    /// What a runtime that wants pairs on inputs gets for an Add: one operand may come straight from a layer
    /// with weights, which then takes the sum into its kernel; a pair between the two would keep it from
    /// that.
    std::vector<std::string> integerInputs(NodeId id) const
    {
        std::vector<std::string> inputs = m_rules.activationInputs(id);
        if (!m_isOnInputs || !isOp(m_graph.node(id), "Add") || inputs.size() < 2)
            return inputs;
        const auto direct = std::find_if(inputs.begin(), inputs.end(),
                                         [&](const std::string &value) { return isResultFor(value); });
        if (direct != inputs.end())
            inputs.erase(direct);
        return inputs;
    }

    /// \a value is made by a layer with weights, its bias added or not, for one reader.
    bool isResultFor(const std::string &value) const
    {
        const auto producer = m_graph.producer(value);
        return producer && m_graph.uses(value).size() == 1 && !m_graph.isGraphOutput(value)
            && (m_weighted.contains(*producer) || isBias(*producer));
    }

    /// An Add of a constant to what a MatMul with weights makes for nobody else.
    bool isBias(NodeId id) const
    {
        const onnx::NodeProto &node = m_graph.node(id);
        const std::vector<std::string> inputs = m_rules.activationInputs(id);
        if (!isOp(node, "Add") || node.input_size() != 2 || inputs.size() != 1)
            return false;
        const auto producer = m_graph.producer(inputs[0]);
        return producer && m_weighted.contains(*producer) && isOp(m_graph.node(*producer), "MatMul")
            && m_graph.uses(inputs[0]).size() == 1 && !m_graph.isGraphOutput(inputs[0]);
    }

    Status placeWeighted()
    {
        for (const NodeId id : m_graph.topologicalOrder()) {
            PlacedNode &node = placed(id);
            node.id = id;
            if (m_excluded.contains(id)) {
                node.reason = sentence(QS_TR_NOOP("Sentence", "excluded"));
                continue;
            }
            if (!m_rules.isWeighted(id)) {
                node.reason = m_rules.floatReason(id);
                continue;
            }
            QS_TRY(const Text problem, m_rules.integerProblem(id));
            if (problem.empty()) {
                m_weighted.insert(id);
                makeInteger(id,
                            sentence(QS_TR_NOOP("Sentence", "integer kernel, weights %1"),
                                     {m_rules.granularity(id)}));
            } else {
                node.reason = problem;
            }
        }
        return Done {};
    }

    /// Nodes from which no weighted integer node can be reached: what comes after the network proper.
    void findTail()
    {
        const auto &order = m_graph.topologicalOrder();
        for (auto it = order.rbegin(); it != order.rend(); ++it) {
            bool reaches = false;
            for (const std::string &output : m_graph.node(*it).output()) {
                for (const Use &use : m_graph.uses(output))
                    reaches = reaches || m_weighted.contains(use.node) || !m_tail.contains(use.node);
            }
            if (!reaches)
                m_tail.insert(*it);
        }
    }

    /// The value comes out of an integer node (perhaps through nodes that only move or clip it).
    bool isFromInteger(const std::string &value) const
    {
        const auto producer = m_graph.producer(value);
        if (!producer)
            return false;
        if (form(*producer) != NodeForm::Float || !m_isOnInputs)
            return form(*producer) != NodeForm::Float;
        const bool isPassedOn = m_rules.isClipping(*producer) || m_rules.isSameGrid(*producer);
        return isBias(*producer) || (isPassedOn && isFromInteger(m_graph.node(*producer).input(0)));
    }

    void placeFollower(NodeId id)
    {
        PlacedNode &node = placed(id);
        if (node.form != NodeForm::Float || m_excluded.contains(id))
            return;
        const bool isClipping = m_rules.isClipping(id);
        const bool isMove = m_rules.isSameGrid(id);
        if (m_isOnInputs && (isClipping || isMove || isBias(id))) {
            node.reason = sentence(
                QS_TR_NOOP("Sentence", "no pair of its own: the target fuses it with its neighbours"));
            return;
        }
        if (isClipping)
            absorb(node);
        else if (isMove)
            move(node);
        // A Relu that its producer cannot take in may still have a kernel of its own.
        if (node.form == NodeForm::Float && m_target.integerOps.contains(m_graph.node(id).op_type())
            && !m_rules.isWeighted(id))
            join(node);
    }

    void absorb(PlacedNode &node)
    {
        const std::string &input = m_graph.node(node.id).input(0);
        const auto producer = m_graph.producer(input);
        if (!producer || form(*producer) != NodeForm::Integer)
            return;
        if (m_target.activation.symmetric) {
            node.reason = sentence(
                QS_TR_NOOP("Sentence", "kept float: a symmetric grid reaches below the clip limit"));
        } else if (m_graph.uses(input).size() != 1 || m_graph.isGraphOutput(input)) {
            node.reason = sentence(QS_TR_NOOP("Sentence", "kept float: its input has other readers"));
        } else {
            node.form = NodeForm::Absorbed;
            node.reason
                = sentence(QS_TR_NOOP("Sentence", "absorbed: the output grid of %1 starts and ends there"),
                           {m_graph.layerName(*producer)});
            m_quantized.erase(input);
            m_quantized.insert(m_graph.node(node.id).output(0));
        }
    }

    void move(PlacedNode &node)
    {
        const std::string &input = m_graph.node(node.id).input(0);
        if (!m_target.floatIsForeign && (!isFromInteger(input) || !m_quantized.contains(input)))
            return;
        m_quantized.insert(input);
        node.form = NodeForm::Moves;
        node.reason
            = sentence(QS_TR_NOOP("Sentence", "moves integers: same scale and zero point as its input"));
        for (const std::string &output : m_graph.node(node.id).output())
            m_quantized.insert(output);
    }

    /// An Add or Mul whose integer operands all are products that can as well stay float: a bias, the scale
    /// of attention, its mask.
    bool isSumOfFloatResults(NodeId id, const std::vector<std::string> &inputs) const
    {
        const onnx::NodeProto &proto = m_graph.node(id);
        if (m_isOnInputs || (!isOp(proto, "Add") && !isOp(proto, "Mul")))
            return false;
        return std::ranges::any_of(inputs, [&](auto &v) { return isFromInteger(v); })
            && std::ranges::all_of(inputs, [&](auto &v) {
                   const auto producer = m_graph.producer(v);
                   return !isFromInteger(v) || (producer && m_rules.givesFloatForNothing(*producer));
               });
    }

    void join(PlacedNode &node)
    {
        const auto problem = m_rules.integerProblem(node.id);
        if (!problem.ok() || !problem->empty()) {
            node.reason = problem.ok() ? *problem : Text(problem.error().message());
            return;
        }
        const std::vector<std::string> inputs = m_rules.activationInputs(node.id);
        const auto fromInteger
            = std::count_if(inputs.begin(), inputs.end(), [&](auto &v) { return isFromInteger(v); });
        if (m_target.floatIsForeign) {
            makeInteger(node.id, sentence(QS_TR_NOOP("Sentence", "integer kernel")));
        } else if (m_rules.isInGelu(node.id)) {
            node.reason = sentence(QS_TR_NOOP("Sentence", "kept float: part of a GELU, which is one kernel"));
        } else if (isSumOfFloatResults(node.id, inputs)) {
            node.reason = sentence(
                QS_TR_NOOP("Sentence", "kept float: the product before it gives float at no cost"));
        } else if (fromInteger == 0) {
            node.reason = sentence(QS_TR_NOOP("Sentence", "kept float: nothing around it is quantized"));
        } else if (m_tail.contains(node.id)
                   && !m_rules.isNetworkOpInTail(node.id, static_cast<int>(fromInteger))) {
            node.reason = sentence(
                QS_TR_NOOP("Sentence", "kept float: post-processing after the last layer with weights"));
        } else {
            makeInteger(node.id, sentence(QS_TR_NOOP("Sentence", "integer kernel")));
        }
    }

    bool isReadByIntegers(const std::string &value) const
    {
        const auto &uses = m_graph.uses(value);
        return std::any_of(uses.begin(), uses.end(), [&](const Use &use) {
            const NodeForm t = form(use.node);
            return use.input >= 0 && (t == NodeForm::Integer || t == NodeForm::Moves);
        });
    }

    /// Moving integers pays only on the way to another integer node, unless float leaves the device.
    void dropUselessMoves()
    {
        if (m_target.floatIsForeign)
            return;
        const auto &order = m_graph.topologicalOrder();
        for (auto it = order.rbegin(); it != order.rend(); ++it) {
            if (form(*it) != NodeForm::Moves)
                continue;
            const auto &outputs = m_graph.node(*it).output();
            if (std::any_of(outputs.begin(), outputs.end(),
                            [&](auto &value) { return isReadByIntegers(value); }))
                continue;
            placed(*it).form = NodeForm::Float;
            placed(*it).reason
                = sentence(QS_TR_NOOP("Sentence", "kept float: no integer node reads its result"));
            for (const std::string &output : outputs)
                m_quantized.erase(output);
        }
    }

    /// Gemm and MatMul give float at no cost; where nobody wants integers, their output keeps full precision.
    void freeOutputs()
    {
        for (auto &[id, node] : m_placed) {
            const onnx::NodeProto &proto = m_graph.node(id);
            if (node.form != NodeForm::Integer || !m_target.floatOutputOps.contains(proto.op_type()))
                continue;
            const std::string &output = proto.output(0);
            if (!m_quantized.contains(output) || isReadByIntegers(output) || m_rules.needsGridForFusion(id))
                continue;
            m_quantized.erase(output);
            node.floatOutput = true;
            node.reason = sentence(QS_TR_NOOP("Sentence", "%1, float output"), {node.reason});
        }
    }

    std::string root(const std::string &value)
    {
        const auto it = m_parents.find(value);
        if (it == m_parents.end() || it->second == value)
            return value;
        return it->second = root(it->second);
    }

    Result<Placement> result()
    {
        Placement placement;
        std::set<std::string> moved; // made by SameGrid nodes: their range is their input's
        for (const NodeId id : m_graph.topologicalOrder()) {
            const PlacedNode &node = placed(id);
            const onnx::NodeProto &proto = m_graph.node(id);
            if (node.form == NodeForm::Moves) {
                for (const std::string &output : proto.output()) {
                    if (m_quantized.contains(output)) {
                        m_parents[root(output)] = root(proto.input(0));
                        moved.insert(output);
                    }
                }
            } else if (node.form == NodeForm::Integer && isOp(proto, "Concat")
                       && m_target.concatNeedsSameGrid) {
                for (const std::string &input : m_rules.activationInputs(id))
                    m_parents[root(proto.output(0))] = root(input);
            }
            placement.nodes.push_back(node);
        }
        for (const std::string &value : m_quantized) {
            const std::string grid = root(value);
            placement.grids[value] = grid;
            if (!moved.contains(value))
                placement.gridSources[grid].push_back(value);
        }
        return placement;
    }

    const GraphView &m_graph;
    OperatorRules m_rules;
    const Target &m_target;
    const std::set<NodeId> &m_excluded;
    const bool m_isOnInputs;
    std::map<NodeId, PlacedNode> m_placed;
    std::set<NodeId> m_weighted;
    std::set<NodeId> m_tail;
    std::set<std::string> m_quantized;
    std::unordered_map<std::string, std::string> m_parents;
};

} // namespace

const PlacedNode *Placement::find(NodeId id) const
{
    const auto it
        = std::find_if(nodes.begin(), nodes.end(), [id](const PlacedNode &n) { return n.id == id; });
    return it == nodes.end() ? nullptr : &*it;
}

Result<Placement> placeQuantizers(const Model &model, const ShapeMap &shapes, const Target &target,
                                  const std::set<NodeId> &excluded)
{
    return Placer(model, shapes, target, excluded).place();
}

} // namespace qs
