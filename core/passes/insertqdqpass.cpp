// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   A ──► t ──► B, C            ⇒   A ──► t ──► Q ──► DQ ──► B, C
//   A ──► y (graph output)      ⇒   A ──► y_QuantizeLinear_Input ──► Q ──► DQ ──► y
//
// One pair for each quantized activation; every reader takes the dequantized value, also the float ones: a
// value with both integer and float readers would keep its producer from becoming an integer kernel.
// QuantizeLinear saturates at the ends of its type; a grid of fewer bits has a Clip of the integers between
// the two, but for what operators that only move integers make: those are on their input's grid already.
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

/// Integers of the grid can lie beyond its limits when they come out of QuantizeLinear.
bool needsClip(const GraphEdit &edit, const std::string &name, const TensorPlan &plan,
               const std::set<std::string> &moving)
{
    const auto producer = edit.producer(name);
    return bitsOf(plan.scheme) < bitsOf(plan.scheme.type)
        && !(producer && moving.contains(edit.layerName(*producer)));
}

Status insertQdq(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    const std::set<std::string> moving = context.plan->layersOf(NodeForm::Moves);
    for (const auto &[name, plan] : context.plan->tensors) {
        job.throwIfStopped();
        if (plan.role != TensorRole::Activation)
            continue;
        const bool isOutput = edit.isGraphOutput(name) && edit.producer(name);
        if (!edit.producer(name) && !edit.isGraphInput(name))
            continue;
        const bool isClipped = needsClip(edit, name, plan, moving);
        if (isClipped && (edit.opset() < kIntegerClipOpset || bitsOf(plan.scheme.type) != 8))
            return Error {ErrorCode::Unsupported, "tensor '" + name + "'",
                          "a grid of " + std::to_string(bitsOf(plan.scheme)) + " bits in "
                              + std::string(toString(plan.scheme.type))
                              + " needs Clip on 8-bit integers, opset " + std::to_string(kIntegerClipOpset)};
        const std::string inner = isOutput ? freeOutputName(edit, name) : name;
        QuantizedValue value = addGrid(edit, name, plan);
        value.data = edit.uniqueName(name + "_QuantizeLinear_Output");
        const std::string result = addDequantize(edit, name, value, isOutput ? name : std::string());
        edit.replaceUses(inner, result);
        if (isClipped)
            addClippedQuantize(edit, name, inner, value, plan.scheme);
        else
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
