// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Scales a channel go along `axis`. Left out it means 1, which is not the output channel of a convolution;
// where both dimensions happen to have the same length, a wrong one loads and computes something else.
#include "core/lint/lint.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

/// The dimension of a weight of \a rank dimensions that makes the output channels of \a weighted.
std::optional<std::size_t> channelAxis(const LintInput &input, const WeightedOperator &weighted,
                                       std::size_t rank)
{
    if (weighted.op == "Conv")
        return 0;
    if (weighted.op == "ConvTranspose")
        return 1;
    if (weighted.op == "MatMul")
        return rank - 1;
    const onnx::NodeProto &node = input.view().node(weighted.node);
    return intAttribute(node, "transB", 0) != 0 ? 0 : 1;
}

void checkLength(const LintInput &input, const GridUse &use, std::size_t scales, const Shape &shape,
                 std::vector<Finding> &findings)
{
    const std::string layer = input.graph.layerOf(use);
    const std::string axis = std::to_string(use.axis.value_or(1));
    const auto dimension = gridAxis(use, shape.size());
    if (!dimension)
        findings.push_back(
            {Severity::Error, "axis-wrong", layer,
             sentence(QS_TR_NOOP("Sentence", "axis %1 is outside of %2, which is %3; write the right axis"),
                      {axis, use.integers, toString(shape)})});
    else if (shape[*dimension] >= 0 && static_cast<std::size_t>(shape[*dimension]) != scales)
        findings.push_back(
            {Severity::Error, "axis-wrong", layer,
             sentence(QS_TR_NOOP("Sentence",
                                 "%1 is %2 and has %3 scales along axis %4; write the axis they are for"),
                      {use.integers, toString(shape), std::to_string(scales), axis})});
}

/// Scales along another dimension of a weight than its output channels.
void checkChannels(const LintInput &input, const WeightedOperator &weighted, std::vector<Finding> &findings)
{
    const GridUse *use = weighted.weight;
    if (weighted.isIntegerOperator || !use || use->blockSize > 0)
        return;
    const auto shape = input.graph.constantShape(*use);
    const auto values = input.graph.values(*use);
    if (!shape || shape->size() < 2 || !values || values->scales.size() < 2)
        return;
    const auto axis = gridAxis(*use, shape->size());
    const auto expected = channelAxis(input, weighted, shape->size());
    if (!axis || !expected || *axis == *expected)
        return;
    // A product of floats with a weight that is stored small may have its scales anywhere.
    const Severity severity = weighted.isQuantized() ? Severity::Error : Severity::Info;
    findings.push_back(
        {severity, "axis-not-channels", input.view().layerName(weighted.node),
         sentence(QS_TR_NOOP("Sentence",
                             "the scales of %1 go along axis %2 and its output channels along %3: the "
                             "integer kernel would compute something else; quantize it again"),
                  {use->integers, std::to_string(*axis), std::to_string(*expected)})});
}

void checkAxis(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    for (const GridUse &use : input.graph.uses()) {
        job.throwIfStopped();
        if (use.kind == GridUse::Kind::Operand || use.blockSize > 0)
            continue;
        const auto values = input.graph.values(use);
        if (!values || values->scales.size() < 2)
            continue;
        if (!use.axis)
            findings.push_back(
                {Severity::Warning, "axis-missing", input.graph.layerOf(use),
                 sentence(
                     QS_TR_NOOP("Sentence", "%1 has %2 scales and no axis, which means axis 1; write it"),
                     {use.integers, std::to_string(values->scales.size())})});
        if (const auto shape = input.graph.constantShape(use))
            checkLength(input, use, values->scales.size(), *shape, findings);
    }
    for (const WeightedOperator &weighted : input.graph.weighted())
        checkChannels(input, weighted, findings);
}

} // namespace

void register_axischeck(LintRegistry &registry)
{
    registry.add({.id = "axis", .apply = checkAxis});
}

} // namespace qs
