// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   x [N, C, 1, 1] ──► Conv 1x1 ──► Flatten   ⇒   x ──► Flatten ──► Gemm(transB = 1)
//
// A classifier written as a convolution. The integer convolution has to squeeze its scores into 8 bits, which
// makes ties between classes; the integer Gemm gives float scores at the same cost (QGemm, measured with ONNX
// Runtime 1.30.0).
#include "core/base/paramspec.h"
#include "core/passes/channelmath.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

bool isPointwise(const onnx::NodeProto &node, const WeightedNode &weighted)
{
    const Shape &shape = weighted.weight.shape();
    const auto pads = intsAttribute(node, "pads");
    const std::string autoPad = stringAttribute(node, "auto_pad", "NOTSET");
    return isOp(node, "Conv") && intAttribute(node, "group", 1) == 1
        && std::all_of(shape.begin() + 2, shape.end(), [](std::int64_t d) { return d == 1; })
        && std::all_of(pads.begin(), pads.end(), [](std::int64_t p) { return p == 0; })
        && (autoPad == "NOTSET" || autoPad == "VALID");
}

bool isOnePixel(const PassContext &context, const std::string &value)
{
    const auto type = context.shapes.find(value);
    if (type == context.shapes.end() || type->second.shape.size() < 3)
        return false;
    const Shape &shape = type->second.shape;
    return std::all_of(shape.begin() + 2, shape.end(), [](std::int64_t d) { return d == 1; });
}

/// The Flatten (axis 1) that is the only reader of \a value; null when it is something else.
std::optional<NodeId> onlyFlatten(const GraphEdit &edit, const std::string &value)
{
    const std::vector<Use> uses = edit.uses(value);
    if (edit.isGraphOutput(value) || uses.size() != 1 || uses[0].input != 0)
        return std::nullopt;
    const onnx::NodeProto &next = edit.node(uses[0].node);
    if (!isOp(next, "Flatten") || intAttribute(next, "axis", 1) != 1)
        return std::nullopt;
    return uses[0].node;
}

Status convToGemm(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        if (!edit.isAlive(id) || !isOp(edit.node(id), "Conv") || !isOnePixel(context, edit.node(id).input(0)))
            continue;
        const auto flatten = onlyFlatten(edit, edit.node(id).output(0));
        QS_TRY(const std::optional<WeightedNode> weighted, readWeightedNode(edit, id));
        if (!flatten || !weighted || !isPointwise(edit.node(id), *weighted))
            continue;
        const std::string value = edit.node(id).output(0);
        const std::string result = edit.node(*flatten).output(0);
        const std::string input = edit.node(id).input(0);
        const Tensor matrix = weighted->weight.reshaped({weighted->channels, weighted->weight.shape()[1]});
        const Tensor bias = weighted->bias ? *weighted->bias : Tensor(DType::Float32, {weighted->channels});
        edit.removeValueInfo(value);
        edit.setInput(*flatten, 0, input);
        edit.setOutput(*flatten, 0, edit.uniqueName(input + "_flat"));
        setWeights(edit, *weighted, matrix, bias);
        edit.setInput(id, 0, edit.node(*flatten).output(0));
        edit.setOutput(id, 0, result);
        onnx::NodeProto &gemm = edit.mutableNode(id);
        gemm.set_op_type("Gemm");
        gemm.clear_attribute();
        auto *transposed = gemm.add_attribute();
        transposed->set_name("transB");
        transposed->set_type(onnx::AttributeProto::INT);
        transposed->set_i(1);
        ++report.changes;
    }
    return Done {};
}

} // namespace

void register_convtogemmpass(PassRegistry &registry)
{
    registry.add({.id = "conv-to-gemm",
                  .title = QS_TR_NOOP("Pass", "Turn a classifying 1x1 convolution into Gemm"),
                  .phase = PassPhase::Prepare,
                  .order = 50,
                  .apply = convToGemm});
}

} // namespace qs
