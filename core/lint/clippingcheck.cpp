// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Conv ──► Relu ──► QuantizeLinear      one integer kernel when the lowest integer means 0
//   Conv ──► Clip(0, 6) ──► QuantizeLinear      … and the highest at most 6
//
// QuantizeLinear then does what the activation did (onnxruntime relu_clip_fusion); on a wider grid it stays,
// and the layer in front of it in float.
#include "core/lint/lint.h"

#include "core/tensor/quantmath.h"

#include <onnx/onnx_pb.h>

#include <limits>

namespace qs {
namespace {

constexpr float kAll = std::numeric_limits<float>::infinity();
constexpr float kSlack = 1e-3F; // of a step, for the rounding of the scale

/// Limit of a Clip: input \a index from opset 11, attribute \a name before; NaN when it is computed.
float limitOf(const LintInput &input, const onnx::NodeProto &node, int index, const char *name,
              float fallback)
{
    if (findAttribute(node, name))
        return floatAttribute(node, name, fallback);
    if (inputAt(node, index).empty())
        return fallback;
    const auto constant = input.model().constant(inputAt(node, index));
    if (!constant.ok() || !constant.value() || constant.value()->size() != 1)
        return std::numeric_limits<float>::quiet_NaN();
    const auto value = toFloat32(**constant);
    return value.ok() ? value->floats()[0] : std::numeric_limits<float>::quiet_NaN();
}

bool isWithin(const LintInput &input, const onnx::NodeProto &node, const GridUse &use,
              const GridValues &values)
{
    const bool isRelu = isOp(node, "Relu");
    const float low = isRelu ? 0.F : limitOf(input, node, 1, "min", -kAll);
    const float high = isRelu ? kAll : limitOf(input, node, 2, "max", kAll);
    const QuantLimits limits = limitsOf(use);
    const ScaleZeroPoint params {values.scales[0], values.zeroPoints.empty() ? 0 : values.zeroPoints[0]};
    const float slack = params.scale * kSlack;
    return dequantize(limits.min, params) >= low - slack && dequantize(limits.max, params) <= high + slack;
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
