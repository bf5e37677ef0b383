// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Gather(table float, i)   ⇒   DequantizeLinear(Gather(table int8, i), s[column])
//
// The pair the other way round, Gather(DequantizeLinear(table)), makes the runtime keep the whole table in
// float (measured with 1.30.0); so only the rows that were read are dequantized.
#include "core/base/paramspec.h"
#include "core/passes/constantgrid.h"
#include "core/passes/pass.h"
#include "core/passes/qdqnodes.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

Status quantizeTables(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    const std::set<std::string> layers = context.plan->layersOf(NodeForm::IntegerTable);
    std::map<std::string, QuantizedValue> tables;
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        if (!isOp(edit.node(id), "Gather") || !layers.contains(edit.layerName(id)))
            continue;
        const std::string name = edit.node(id).input(0);
        const auto plan = context.plan->tensors.find(name);
        if (plan == context.plan->tensors.end())
            continue;
        if (!tables.contains(name)) {
            QS_TRY(const std::optional<Tensor> table, edit.constant(name));
            if (!table)
                continue;
            QuantizedValue value = addGrid(edit, name, plan->second);
            value.data = edit.uniqueName(name + "_quantized");
            edit.setInitializer(value.data, quantizeConstant(*table, plan->second));
            tables.emplace(name, value);
        }
        QuantizedValue rows = tables.at(name);
        const std::string output = edit.node(id).output(0);
        edit.setInput(id, 0, rows.data);
        rows.data = edit.uniqueName(output + "_quantized");
        edit.setOutput(id, 0, rows.data);
        // Columns come last in what Gather gives, whatever the rank of the indices.
        if (rows.axis)
            rows.axis = -1;
        addDequantize(edit, output, rows, output);
        ++report.changes;
    }
    return Done {};
}

} // namespace

void register_quantizetablepass(PassRegistry &registry)
{
    registry.add({.id = "quantize-tables",
                  .title = QS_TR_NOOP("Pass", "Store embedding tables as integers"),
                  .phase = PassPhase::Quantize,
                  .order = 25,
                  .apply = quantizeTables});
}

} // namespace qs
