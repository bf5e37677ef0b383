// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Conv ──► Relu ──► r (quantized, zero point = lowest integer)   ⇒   Conv ──► r
//   Conv ──► Clip(0, 6) ──► r (quantized within [0, 6])            ⇒   Conv ──► r
//
// QuantizeLinear (with the Clip behind it, where the grid has fewer bits) saturates, so a grid that starts at
// 0 and ends within the upper limit does what Relu or Clip did. The plan decides which; here the grid is
// checked once more, as hand-set ranges may reach further than the limits.
#include "core/base/paramspec.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

#include <limits>

namespace qs {
namespace {

/// A limit of a Clip, which is input \a index from opset 11 and attribute \a name before; \a fallback when it
/// has none.
float limitOf(const GraphEdit &edit, const onnx::NodeProto &node, int index, const char *name, float fallback)
{
    if (isOp(node, "Clip") && findAttribute(node, name))
        return floatAttribute(node, name, fallback);
    if (!isOp(node, "Clip") || node.input_size() <= index || node.input(index).empty())
        return fallback;
    const auto constant = edit.constant(node.input(index));
    if (!constant.ok() || !constant.value() || constant.value()->size() != 1)
        return fallback;
    return constant.value()->floats()[0];
}

/// The grid of \a plan lies within [low, high], up to a thousandth of a step for the rounding of the scale.
bool gridIsWithin(const TensorPlan &plan, float low, float high)
{
    const ScaleZeroPoint params = plan.params[0];
    const QuantLimits limits = limitsOf(plan.scheme);
    const float slack = params.scale * 1e-3F;
    return dequantize(limits.min, params) >= low - slack && dequantize(limits.max, params) <= high + slack;
}

Status absorbActivations(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    std::map<std::string, NodeId> layers;
    for (const NodeId id : edit.nodes())
        layers[edit.layerName(id)] = id;
    for (const NodePlan &plan : context.plan->nodes) {
        job.throwIfStopped();
        if (plan.form != NodeForm::Absorbed)
            continue;
        const NodeId id = layers.at(plan.layer);
        const onnx::NodeProto &node = edit.node(id);
        const std::string result = node.output(0);
        const auto producer = edit.producer(node.input(0));
        const auto grid = context.plan->tensors.find(result);
        constexpr float kAll = std::numeric_limits<float>::infinity();
        const float low = isOp(node, "Relu") ? 0.F : limitOf(edit, node, 1, "min", -kAll);
        const float high = limitOf(edit, node, 2, "max", kAll);
        if (!producer || grid == context.plan->tensors.end() || !gridIsWithin(grid->second, low, high)) {
            report.findings.push_back(
                {Severity::Warning, "activation-not-absorbed", plan.layer,
                 sentence(QS_TR_NOOP(
                     "Sentence",
                     "the range of its output reaches beyond its limits; its producer runs in float"))});
            continue;
        }
        const std::string value = node.input(0);
        edit.removeNode(id);
        edit.setOutput(*producer, 0, result);
        edit.removeValueInfo(value);
        ++report.changes;
    }
    return Done {};
}

} // namespace

void register_absorbactivationspass(PassRegistry &registry)
{
    registry.add({.id = "absorb-activations",
                  .title = QS_TR_NOOP("Pass", "Absorb Relu and Clip into output grids"),
                  .phase = PassPhase::Quantize,
                  .order = 20,
                  .apply = absorbActivations});
}

} // namespace qs
