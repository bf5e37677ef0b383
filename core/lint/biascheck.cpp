// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// An integer kernel adds the bias to sums of products, so it is int32 on the grid of those: s_x * s_w[c],
// zero point 0 (ONNX QLinearConv). On another scale, runtimes either do not make the kernel or take the
// integers as they are, and results differ.
#include "core/lint/lint.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qs {
namespace {

constexpr double kRounding = 1e-5; // a product worked out in double and stored as float32 differs by less

void checkSaturated(const LintInput &input, const WeightedOperator &weighted, std::vector<Finding> &findings)
{
    const auto bias = input.model().constant(weighted.bias->integers);
    if (!bias.ok() || !bias.value() || (*bias)->type() != DType::Int32)
        return;
    const auto data = (*bias)->data<std::int32_t>();
    const auto count = std::count_if(data.begin(), data.end(), [](std::int32_t b) {
        return b == std::numeric_limits<std::int32_t>::max() || b == std::numeric_limits<std::int32_t>::min();
    });
    if (count > 0)
        findings.push_back(
            {Severity::Warning, "bias-saturated", input.view().layerName(weighted.node),
             sentence(QS_TR_NOOP("Sentence",
                                 "%1 of %2 biases did not fit in 32 bits; use a larger weight scale for "
                                 "these channels or keep the layer in float"),
                      {std::to_string(count), std::to_string(data.size())})});
}

/// Largest relative distance of the bias scales from s_x * s_w[c]; null when they cannot be told.
std::optional<double> scaleError(const LintInput &input, const WeightedOperator &weighted)
{
    const auto x = input.graph.values(*weighted.data);
    const auto w = input.graph.values(*weighted.weight);
    const auto b = input.graph.values(*weighted.bias);
    if (!x || !w || !b || x->scales.size() != 1 || w->scales.empty() || b->scales.empty())
        return std::nullopt;
    double largest = 0;
    const std::size_t count = std::max(w->scales.size(), b->scales.size());
    for (std::size_t c = 0; c < count; ++c) {
        const float expected = x->scales[0] * w->scales[std::min(c, w->scales.size() - 1)];
        const float actual = b->scales[std::min(c, b->scales.size() - 1)];
        if (actual != expected)
            largest = std::max(largest,
                               std::abs(static_cast<double>(actual) / static_cast<double>(expected) - 1));
    }
    return largest;
}

void checkScale(const LintInput &input, const WeightedOperator &weighted, std::vector<Finding> &findings)
{
    const auto error = scaleError(input, weighted);
    if (!error || *error == 0)
        return;
    const std::string layer = input.view().layerName(weighted.node);
    if (*error > kRounding || std::isnan(*error))
        findings.push_back(
            {Severity::Error, "bias-scale", layer,
             sentence(QS_TR_NOOP("Sentence",
                                 "the scale of its bias is not input scale x weight scale: runtimes differ "
                                 "in what they compute; quantize the bias again with that product"))});
    else
        findings.push_back(
            {Severity::Info, "bias-scale-rounded", layer,
             sentence(QS_TR_NOOP("Sentence",
                                 "the scale of its bias is input scale x weight scale but for rounding; "
                                 "write the float32 product"))});
}

void checkDequantized(const LintInput &input, const WeightedOperator &weighted,
                      std::vector<Finding> &findings)
{
    const Target *target = input.options.target;
    const std::string layer = input.view().layerName(weighted.node);
    if (!weighted.bias) {
        if (target && target->integerBias && input.graph.isConstant(weighted.biasValue))
            findings.push_back(
                {Severity::Warning, "bias-in-float", layer,
                 sentence(QS_TR_NOOP("Sentence",
                                     "its bias is float, and older runtimes then run it in float; store it "
                                     "as int32 behind a DequantizeLinear"))});
        return;
    }
    if (target && !target->integerBias)
        findings.push_back(
            {Severity::Error, "bias-in-integers", layer,
             sentence(QS_TR_NOOP("Sentence", "%1 wants the bias in float; keep it out of DequantizeLinear"),
                      {target->title})});
    if (weighted.bias->type != DType::Int32 && weighted.bias->type != DType::Undefined)
        findings.push_back({Severity::Warning, "bias-type", layer,
                            sentence(QS_TR_NOOP("Sentence", "its bias is %1; integer kernels want int32"),
                                     {std::string(toString(weighted.bias->type))})});
    else
        checkScale(input, weighted, findings);
}

void checkBias(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    for (const WeightedOperator &weighted : input.graph.weighted()) {
        job.throwIfStopped();
        if (weighted.biasValue.empty() || !weighted.isQuantized())
            continue;
        if (!weighted.isIntegerOperator)
            checkDequantized(input, weighted, findings);
        if (weighted.bias)
            checkSaturated(input, weighted, findings);
    }
}

} // namespace

void register_biascheck(LintRegistry &registry)
{
    registry.add({.id = "bias", .apply = checkBias});
}

} // namespace qs
