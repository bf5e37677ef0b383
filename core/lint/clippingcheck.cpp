// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Conv ──► Relu ──► QuantizeLinear      one integer kernel when the lowest integer means 0
//   Conv ──► Clip(0, 6) ──► QuantizeLinear      … and the highest at most 6
//
// QuantizeLinear then does what the activation did (onnxruntime relu_clip_fusion); on a wider grid it stays,
// and the layer in front of it in float.
#include "core/lint/lint.h"

#include "core/model/cliplimits.h"
#include "core/tensor/quantmath.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

constexpr float kSlack = 1e-3F; // of a step, for the rounding of the scale

bool isWithin(const LintInput &input, const onnx::NodeProto &node, const GridUse &use,
              const GridValues &values)
{
    const auto bounds
        = clippingLimits(node, [&input](const std::string &name) { return input.model().constant(name); });
    if (!bounds)
        return false;
    const QuantLimits limits = limitsOf(use);
    const ScaleZeroPoint params {values.scales[0], values.zeroPoints.empty() ? 0 : values.zeroPoints[0]};
    const float slack = params.scale * kSlack;
    return dequantize(limits.min, params) >= bounds->min - slack
        && dequantize(limits.max, params) <= bounds->max + slack;
}

void checkClipping(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    if (input.options.target->gridPlacement != GridPlacement::AroundOperators)
        return;
    for (const GridUse &use : input.graph.uses()) {
        job.throwIfStopped();
        const auto clip
            = use.kind == GridUse::Kind::Quantize ? input.view().producer(use.real) : std::nullopt;
        if (!clip)
            continue;
        const onnx::NodeProto &node = input.view().node(*clip);
        if (!isOp(node, "Relu") && !isOp(node, "Clip"))
            continue;
        const auto producer = input.view().producer(inputAt(node, 0));
        if (!producer || input.graph.groupEnd(*producer) != *clip || !input.graph.hasIntegerInputs(*producer)
            || !input.options.target->integerOps.contains(input.view().node(*producer).op_type()))
            continue;
        const auto values = input.graph.values(use);
        const bool isByte = use.type == DType::UInt8 || use.type == DType::Int8 || use.type == DType::UInt16
            || use.type == DType::Int16;
        if (values && values->isPerTensor() && isByte && !isWithin(input, node, use, *values))
            findings.push_back(
                {Severity::Warning, "clipping-not-absorbed", input.view().layerName(*producer),
                 sentence(QS_TR_NOOP("Sentence",
                                     "the grid behind %1 reaches beyond its limits, so it is not absorbed "
                                     "and this layer runs in float; use an asymmetric range within them"),
                          {input.view().layerName(*clip)})});
    }
}

} // namespace

void register_clippingcheck(LintRegistry &registry)
{
    registry.add({.id = "clipping", .needsTarget = true, .apply = checkClipping});
}

} // namespace qs
