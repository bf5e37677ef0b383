// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/tableplan.h"

#include "core/plan/weightplan.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

/// Mean squared error of \a plan over at most kRows rows of \a table, spread over all.
double meanSquaredError(const Tensor &table, const TensorPlan &plan)
{
    constexpr std::size_t kRows = 4096;
    const auto columns = static_cast<std::size_t>(table.shape()[1]);
    const auto rows = static_cast<std::size_t>(table.shape()[0]);
    const std::size_t step = (rows + kRows - 1) / kRows;
    const QuantLimits limits = limitsOf(plan.scheme);
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t row = 0; row < rows; row += step) {
        for (std::size_t column = 0; column < columns; ++column, ++count) {
            const ScaleZeroPoint &params = plan.params[plan.axis ? column : 0];
            const float value = table.floats()[row * columns + column];
            const double error = double(dequantize(quantize(value, params, limits), params)) - double(value);
            sum += error * error;
        }
    }
    return sum / double(count);
}

/// One grid for the whole table, unless one a column is worth a bit of precision: dequantizing the rows that
/// are read, whose columns come last, takes a scale for each number then, which costs ten times as much (0.07
/// ms for 128 rows of 256, ONNX Runtime 1.30.0).
TensorPlan planRows(const std::string &name, const Tensor &table, bool isPerChannel,
                    const QuantScheme &scheme)
{
    constexpr double kOneBit = 4; // of squared error
    TensorPlan whole = planWeight(name, table, std::nullopt, scheme);
    if (!isPerChannel)
        return whole;
    TensorPlan columns = planWeight(name, table, 1, scheme);
    return meanSquaredError(table, whole) > kOneBit * meanSquaredError(table, columns) ? columns : whole;
}

} // namespace

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
    plan.tensors[name] = planRows(name, *table, isPerChannel, scheme);
    entry.form = NodeForm::IntegerTable;
    entry.reason = sentence(QS_TR_NOOP("Sentence", "integer table, rows are dequantized as they are read"));
    return Done {};
}

} // namespace qs
