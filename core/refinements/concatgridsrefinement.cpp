// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Conv ──► a (grid of a) ──► Concat ──► c (grid of c)   ⇒   Conv ──► a (grid of c) ──► Concat ──► c
//
// A value that only a Concat reads is rounded twice: to its own grid and to the Concat's. Made on the
// Concat's grid at once, it is rounded once and the Concat only copies. No value is lost that the Concat
// would keep.
#include "core/base/paramspec.h"
#include "core/refinements/refinement.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

class ConcatGrids
{
public:
    ConcatGrids(Plan &plan, const RefinementInput &input)
        : m_plan(plan)
        , m_input(input)
        , m_graph(input.model->graph())
    {
        for (const NodePlan &node : plan.nodes)
            m_forms[node.layer] = node.form;
    }

    int run()
    {
        int changes = 0;
        // Against the flow: a Concat of Concats takes the last one's grid.
        const auto &order = m_graph.topologicalOrder();
        for (auto it = order.rbegin(); it != order.rend(); ++it) {
            const onnx::NodeProto &node = m_graph.node(*it);
            if (!isOp(node, "Concat") || formOf(*it) != NodeForm::Integer)
                continue;
            const auto output = m_plan.tensors.find(node.output(0));
            if (output == m_plan.tensors.end() || output->second.role != TensorRole::Activation)
                continue;
            for (const std::string &value : node.input())
                changes += takeGrid(value, output->second) ? 1 : 0;
        }
        return changes;
    }

private:
    NodeForm formOf(NodeId id) const
    {
        const auto form = m_forms.find(m_graph.layerName(id));
        return form == m_forms.end() ? NodeForm::Float : form->second;
    }

    bool isSetByHand(const std::string &value) const
    {
        const auto &overrides = m_input.recipe.overrides;
        return std::any_of(overrides.begin(), overrides.end(),
                           [&](const TensorOverride &entry) { return entry.tensor == value; });
    }

    /// Whether \a value has a grid that is its own affair.
    bool isFree(const std::string &value, const TensorPlan &plan) const
    {
        return plan.role == TensorRole::Activation && plan.sharedWith.empty()
            && m_graph.uses(value).size() == 1 && !m_graph.isGraphOutput(value) && !isSetByHand(value)
            && std::none_of(m_plan.tensors.begin(), m_plan.tensors.end(),
                            [&](const auto &item) { return item.second.sharedWith == value; });
    }

    bool takeGrid(const std::string &value, const TensorPlan &target)
    {
        const auto entry = m_plan.tensors.find(value);
        const auto producer = m_graph.producer(value);
        if (entry == m_plan.tensors.end() || !producer || !isFree(value, entry->second)
            || !(entry->second.scheme == target.scheme) || entry->second.params == target.params)
            return false;
        const onnx::NodeProto &node = m_graph.node(*producer);
        const Range own = entry->second.ranges[0];
        const Range wanted = target.ranges[0];
        if (formOf(*producer) == NodeForm::Absorbed) {
            // The grid is what clips: it may not reach beyond the limits.
            if (wanted.min < own.min || (!isOp(node, "Relu") && wanted.max > own.max))
                return false;
        } else if (formOf(*producer) != NodeForm::Integer || isOp(node, "Sigmoid") || isOp(node, "Softmax")) {
            return false;
        }
        entry->second.ranges = target.ranges;
        entry->second.params = target.params;
        entry->second.sharedWith = target.tensor;
        entry->second.reason = sentence(QS_TR_NOOP("Sentence", "same grid as %1"), {target.tensor});
        return true;
    }

    Plan &m_plan;
    const RefinementInput &m_input;
    const GraphView &m_graph;
    std::map<std::string, NodeForm> m_forms;
};

} // namespace

void register_concatgridsrefinement(RefinementRegistry &registry)
{
    registry.add(
        {.id = "concat_grids",
         .title = QS_TR_NOOP("Refinement", "One grid around Concat"),
         .help = QS_TR_NOOP("Refinement",
                            "What only a Concat reads is made on the Concat's grid: rounded once "
                            "instead of twice."),
         .order = 10,
         .params = {boolParam("concat_grids", true, QS_TR_NOOP("Params", "One grid around Concat"),
                              QS_TR_NOOP("Params",
                                         "What only a Concat reads is made on the Concat's grid: "
                                         "rounded once instead of twice."))},
         .rescale = {},
         .refine = [](Plan &plan, const RefinementInput &input, PassReport &report, JobContext &) -> Status {
             report.changes = ConcatGrids(plan, input).run();
             return Done {};
         }});
}

} // namespace qs
