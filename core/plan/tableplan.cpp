// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/tableplan.h"

#include "core/plan/weightplan.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {

Status planTable(const StrategyInput &input, const std::set<NodeId> &excluded, NodeId id, bool isPerChannel,
                 Plan &plan, NodePlan &entry)
{
    const GraphView &graph = input.model->graph();
    const onnx::NodeProto &node = graph.node(id);
    const std::string &name = node.input(0);
    entry.reason = sentence(QS_TR_NOOP("Sentence", "kept float: it reads no constant table"));
    QS_TRY(const std::optional<Tensor> table, input.model->constant(name));
    if (!table || table->type() != DType::Float32 || table->shape().size() != 2 || table->size() == 0
        || extentOf(table->floats()).finite != table->size())
        return Done {};
    const auto readsRows = [&](const Use &use) {
        const onnx::NodeProto &reader = graph.node(use.node);
        return use.input == 0 && isOp(reader, "Gather") && intAttribute(reader, "axis", 0) == 0
            && !excluded.contains(use.node);
    };
    if (!std::ranges::all_of(graph.uses(name), readsRows)) {
        entry.reason = sentence(QS_TR_NOOP("Sentence", "kept float: its table has other readers"));
        return Done {};
    }
    QuantScheme scheme = input.target.weight;
    scheme.bits = 0; // nothing is multiplied
    plan.tensors[name] = planWeight(name, *table, isPerChannel ? std::optional(1) : std::nullopt, scheme);
    entry.form = NodeForm::IntegerTable;
    entry.reason = sentence(QS_TR_NOOP("Sentence", "integer table, rows are dequantized as they are read"));
    return Done {};
}

} // namespace qs
