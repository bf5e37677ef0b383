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
#include "core/model/cliplimits.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

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
        const auto limits
            = clippingLimits(node, [&edit](const std::string &name) { return edit.constant(name); });
        if (!producer || grid == context.plan->tensors.end() || !limits
            || !gridIsWithin(grid->second, limits->min, limits->max)) {
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
