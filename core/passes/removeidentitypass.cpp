// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   A ──► t ──► Identity ──► i ──► B             ⇒   A ──► t ──► B
//   A ──► t ──► Dropout (inference) ──► i ──► B
//
// What stands between two operators keeps them from being seen as one: a Relu behind an Identity would not be
// absorbed, a batch normalization not be folded. What makes a graph output stays, as that is a name users
// see, and so does a Dropout whose mask is read or that is told to train.
#include "core/base/paramspec.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

constexpr std::int64_t kInferenceDropoutOpset = 7; // before, `is_test` says whether it drops, and it does

bool isRead(const GraphEdit &edit, const std::string &value)
{
    return !value.empty() && (edit.isGraphOutput(value) || !edit.uses(value).empty());
}

/// From opset 12 on, input 2 may ask for training; the default is inference (ONNX Dropout).
bool isInferenceDropout(const GraphEdit &edit, const onnx::NodeProto &node)
{
    if (!isOp(node, "Dropout") || (node.output_size() > 1 && isRead(edit, node.output(1))))
        return false;
    if (edit.opset() < kInferenceDropoutOpset)
        return intAttribute(node, "is_test", 0) != 0;
    if (node.input_size() < 3 || node.input(2).empty())
        return true;
    const auto trains = edit.constant(node.input(2));
    return trains.ok() && trains.value()
        && std::ranges::all_of(trains.value()->bytes(), [](std::byte b) { return b == std::byte {0}; });
}

Status removeIdentity(GraphEdit &edit, const PassContext &, PassReport &report, JobContext &job)
{
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        const onnx::NodeProto &node = edit.node(id);
        if (!isOp(node, "Identity") && !isInferenceDropout(edit, node))
            continue;
        const std::string from = node.output(0);
        const std::string to = node.input(0);
        if (edit.isGraphOutput(from))
            continue;
        edit.removeNode(id);
        edit.replaceUses(from, to);
        edit.removeValueInfo(from);
        ++report.changes;
    }
    return Done {};
}

} // namespace

void register_removeidentitypass(PassRegistry &registry)
{
    registry.add({.id = "remove-identity",
                  .title = QS_TR_NOOP("Pass", "Remove Identity and Dropout"),
                  .phase = PassPhase::Prepare,
                  .order = 25,
                  .apply = removeIdentity});
}

} // namespace qs
