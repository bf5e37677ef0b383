// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   MatMul(x [2,8,K], W) ──► Add(b [N])   ⇒   MatMul(x, W) ──► Add(b [1,1,N])
//
// Where shapes are fixed ONNX Runtime makes one Gemm of the two, between two Reshapes, before it looks for
// integer kernels, and then finds none for a Gemm with a float bias (1.30.0, matmul_add_fusion.cc: only a
// bias of one dimension). Kept apart, the integer product gives float and the bias is added to that. Where a
// dimension is open the runtime leaves the two alone, and fuses the Add of one dimension with what follows.
#include "core/base/paramspec.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

/// The only reader of what \a id makes, when it is an Add of two operands.
std::optional<Use> onlyAdd(const GraphEdit &edit, NodeId id)
{
    const std::string &value = edit.node(id).output(0);
    const std::vector<Use> uses = edit.uses(value);
    if (uses.size() != 1 || uses[0].input < 0 || edit.isGraphOutput(value)
        || !isOp(edit.node(uses[0].node), "Add") || edit.node(uses[0].node).input_size() != 2)
        return std::nullopt;
    return uses[0];
}

Status keepApart(GraphEdit &edit, NodeId id, std::size_t rank, PassReport &report)
{
    const std::optional<Use> add = onlyAdd(edit, id);
    if (!add)
        return Done {};
    const int input = 1 - add->input;
    const std::string name = edit.node(add->node).input(input);
    QS_TRY(const std::optional<Tensor> bias, edit.constant(name));
    if (!bias || bias->shape().size() != 1)
        return Done {};
    Shape shape(rank, 1);
    shape.back() = bias->shape()[0];
    const std::string widened = edit.uniqueName(name + "_apart");
    edit.setInitializer(widened, bias->reshaped(shape));
    edit.setInput(add->node, input, widened);
    ++report.changes;
    return Done {};
}

Status keepBiasesApart(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    if (edit.hasOpenInputs())
        return Done {};
    const std::set<std::string> layers = context.plan->layersOf(NodeForm::Integer);
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        const onnx::NodeProto &node = edit.node(id);
        if (!isOp(node, "MatMul") || !layers.contains(edit.layerName(id))
            || context.plan->tensors.contains(node.output(0)))
            continue;
        const auto type = context.shapes.find(node.output(0));
        if (type != context.shapes.end() && type->second.shape.size() > 2)
            QS_CHECK(keepApart(edit, id, type->second.shape.size(), report));
    }
    return Done {};
}

} // namespace

void register_biasapartpass(PassRegistry &registry)
{
    registry.add({.id = "bias-apart",
                  .title = QS_TR_NOOP("Pass", "Keep biases apart from integer products"),
                  .phase = PassPhase::Quantize,
                  .order = 26,
                  .apply = keepBiasesApart});
}

} // namespace qs
