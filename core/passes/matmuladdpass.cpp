// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   MatMul(x, W) ──► Add(b)   ⇒   Gemm(x, W, b)        x: [M, K], W: [K, N] constant, b: [N] constant
//
// The runtime makes the same fusion before it looks for integer kernels, and then finds a float bias it
// cannot take: MatMul + Add without a QuantizeLinear behind it ends as a float Gemm (measured with ONNX
// Runtime 1.30.0). As a Gemm the bias becomes int32 and QGemm runs, with a float output if wanted.
#include "core/base/paramspec.h"
#include "core/passes/channelmath.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

/// The Add that is the only reader of \a matMul and its constant operand; null when there is none.
Result<std::optional<std::pair<NodeId, Tensor>>> matchBias(const GraphEdit &edit, NodeId matMul,
                                                           std::int64_t channels)
{
    const std::optional<std::pair<NodeId, Tensor>> none;
    const std::string &value = edit.node(matMul).output(0);
    const std::vector<Use> uses = edit.uses(value);
    if (edit.isGraphOutput(value) || uses.size() != 1 || uses[0].input < 0)
        return none;
    const onnx::NodeProto &next = edit.node(uses[0].node);
    if (!isOp(next, "Add"))
        return none;
    QS_TRY(const std::optional<Tensor> bias, edit.constant(next.input(1 - uses[0].input)));
    if (!bias || bias->type() != DType::Float32 || static_cast<std::int64_t>(bias->size()) != channels
        || bias->shape().size() > 2 || bias->shape().empty() || bias->shape().back() != channels)
        return none;
    return std::optional(std::pair(uses[0].node, *bias));
}

Status fuseMatMulAdd(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        if (!edit.isAlive(id) || !isOp(edit.node(id), "MatMul"))
            continue;
        const auto input = context.shapes.find(edit.node(id).input(0));
        if (input == context.shapes.end() || input->second.shape.size() != 2)
            continue;
        QS_TRY(const std::optional<WeightedNode> weighted, readWeightedNode(edit, id));
        if (!weighted)
            continue;
        QS_TRY(const auto match, matchBias(edit, id, weighted->channels));
        if (!match)
            continue;
        const std::string result = edit.node(match->first).output(0);
        edit.removeValueInfo(edit.node(id).output(0));
        edit.removeNode(match->first);
        edit.mutableNode(id).set_op_type("Gemm");
        setWeights(edit, *weighted, weighted->weight, match->second.reshaped({weighted->channels}));
        edit.setOutput(id, 0, result);
        ++report.changes;
    }
    return Done {};
}

} // namespace

void register_matmuladdpass(PassRegistry &registry)
{
    registry.add({.id = "matmul-add",
                  .title = QS_TR_NOOP("Pass", "Fuse MatMul and Add into Gemm"),
                  .phase = PassPhase::Prepare,
                  .order = 40,
                  .apply = fuseMatMulAdd});
}

} // namespace qs
