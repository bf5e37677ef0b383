// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/weightrange.h"

#include "core/plan/weightvalues.h"

#include <algorithm>
#include <limits>

namespace qs {
namespace {

constexpr int kSteps = 81; // 1.00, 0.99, … 0.20

/// Adding it leaves no bits behind the point: the fast way to round numbers this small.
constexpr float kRounder = 12582912.F; // 1.5 * 2^23

double squaredError(std::span<const float> values, ScaleZeroPoint params, QuantLimits limits)
{
    const float low = static_cast<float>(limits.min - params.zeroPoint);
    const float high = static_cast<float>(limits.max - params.zeroPoint);
    double sum = 0;
    for (const float x : values) {
        const float q = (std::clamp(x / params.scale, low, high) + kRounder) - kRounder;
        const float error = q * params.scale - x;
        sum += static_cast<double>(error) * static_cast<double>(error);
    }
    return sum;
}

Range leastError(std::span<const float> values, Range extent, const QuantScheme &scheme)
{
    const QuantLimits limits = limitsOf(scheme);
    Range best = extent;
    double bestError = std::numeric_limits<double>::infinity();
    for (int step = 0; step < kSteps; ++step) {
        const float share = 1.F - 0.01F * static_cast<float>(step);
        const Range range {extent.min * share, extent.max * share};
        const double error = squaredError(values, chooseScale(range, scheme), limits);
        if (error < bestError) {
            best = range;
            bestError = error;
        }
    }
    return best;
}

} // namespace

void takeLeastErrorRanges(const Tensor &weight, TensorPlan &plan)
{
    const std::size_t channels = plan.ranges.size();
    const std::size_t inner = channels > 1 ? elementsPerChannel(weight.shape(), plan) : weight.size();
    const std::span<const float> values = weight.floats();
    std::vector<std::vector<float>> byChannel(channels);
    for (std::size_t i = 0; i < values.size(); ++i)
        byChannel[i / inner % channels].push_back(values[i]);
    for (std::size_t c = 0; c < channels; ++c) {
        plan.ranges[c] = leastError(byChannel[c], plan.ranges[c], plan.scheme);
        plan.params[c] = chooseScale(plan.ranges[c], plan.scheme);
    }
    plan.reason = plan.axis ? sentence(QS_TR_NOOP("Sentence", "symmetric per channel, least squared error"))
                            : sentence(QS_TR_NOOP("Sentence", "symmetric per tensor, least squared error"));
}

} // namespace qs
