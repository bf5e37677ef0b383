// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   x ──► A ──► y (output)              x ──► A ──► y
//   x ──► B ──► z (nobody reads z)  ⇒
//   w (nobody reads w)
//
// Nodes whose outputs nobody reads, and initializers that no node reads, are removed. Nothing a user can see
// of the model goes: graph inputs and outputs stay.
#include "core/base/paramspec.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

bool isUnused(const GraphEdit &edit, const std::string &value)
{
    return value.empty() || (edit.uses(value).empty() && !edit.isGraphOutput(value));
}

Status removeDeadCode(GraphEdit &edit, const PassContext &, PassReport &report, JobContext &job)
{
    // Against the flow, so that one walk also takes the producers of what was removed.
    std::vector<NodeId> nodes = edit.nodes();
    std::reverse(nodes.begin(), nodes.end());
    for (const NodeId id : nodes) {
        job.throwIfStopped();
        const auto &outputs = edit.node(id).output();
        if (!std::all_of(outputs.begin(), outputs.end(), [&](auto &value) { return isUnused(edit, value); }))
            continue;
        for (const std::string &value : outputs)
            edit.removeValueInfo(value);
        edit.removeNode(id);
        ++report.changes;
    }
    for (const std::string &name : edit.initializerNames()) {
        if (isUnused(edit, name)) {
            edit.removeInitializer(name);
            ++report.changes;
        }
    }
    return Done {};
}

void add(PassRegistry &registry, PassPhase phase, const char *id)
{
    registry.add({.id = id,
                  .title = QS_TR_NOOP("Pass", "Remove dead code"),
                  .phase = phase,
                  .order = 90,
                  .apply = removeDeadCode});
}

} // namespace

void register_deadcodepass(PassRegistry &registry)
{
    add(registry, PassPhase::Prepare, "dead-code");
    add(registry, PassPhase::Tidy, "dead-code-quantized");
}

} // namespace qs
