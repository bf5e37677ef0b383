// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   A ──► t ──► B, C            ⇒   A ──► t ──► Q ──► DQ ──► B, C
//   A ──► y (graph output)      ⇒   A ──► y_QuantizeLinear_Input ──► Q ──► DQ ──► y
//
// One pair for each quantized activation; every reader takes the dequantized value, also the float ones: a
// value with both integer and float readers would keep its producer from becoming an integer kernel.
#include "core/base/paramspec.h"
#include "core/passes/pass.h"
#include "core/passes/qdqnodes.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

/// Renames what makes graph output \a value, so that the name is free for the dequantized one.
std::string freeOutputName(GraphEdit &edit, const std::string &value)
{
    const std::string inner = edit.uniqueName(value + "_QuantizeLinear_Input");
    const NodeId producer = *edit.producer(value);
    for (int i = 0; i < edit.node(producer).output_size(); ++i) {
        if (edit.node(producer).output(i) == value)
            edit.setOutput(producer, i, inner);
    }
    edit.replaceUses(value, inner);
    return inner;
}

Status insertQdq(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    for (const auto &[name, plan] : context.plan->tensors) {
        job.throwIfStopped();
        if (plan.role != TensorRole::Activation)
            continue;
        const bool isOutput = edit.isGraphOutput(name) && edit.producer(name);
        if (!edit.producer(name) && !edit.isGraphInput(name))
            continue;
        const std::string inner = isOutput ? freeOutputName(edit, name) : name;
        QuantizedValue value = addGrid(edit, name, plan);
        value.data = edit.uniqueName(name + "_QuantizeLinear_Output");
        const std::string result = addDequantize(edit, name, value, isOutput ? name : std::string());
        edit.replaceUses(inner, result);
        addQuantize(edit, name, inner, value);
        ++report.changes;
    }
    return Done {};
}

} // namespace

void register_insertqdqpass(PassRegistry &registry)
{
    registry.add({.id = "insert-qdq",
                  .title = QS_TR_NOOP("Pass", "Insert QuantizeLinear and DequantizeLinear"),
                  .phase = PassPhase::Quantize,
                  .order = 30,
                  .apply = insertQdq});
}

} // namespace qs
