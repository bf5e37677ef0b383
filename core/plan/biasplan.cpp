// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/biasplan.h"

#include "core/base/paramspec.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

// Keeps a factor of two below 2^31, so that rounding and the sum it is added to have room.
constexpr double kBiasLimit = double(std::int64_t {1} << 30);
// Far enough from the denormals that its product with an input scale stays normal.
constexpr float kSmallestScale = 1e-20F;

/// The grid of kSmallestScale holds all of \a range.
bool isDead(Range range, const QuantScheme &scheme)
{
    const QuantLimits limits = limitsOf(scheme);
    const double magnitude = std::max(-double(range.min), double(range.max));
    return magnitude <= double(kSmallestScale) * (double(limits.max) - double(limits.min)) / 2;
}

float roundedUp(double x)
{
    const auto nearest = static_cast<float>(x);
    return double(nearest) < x ? std::nextafter(nearest, INFINITY) : nearest;
}

} // namespace

void refineDeadChannels(TensorPlan &weight)
{
    for (std::size_t c = 0; c < weight.params.size(); ++c) {
        if (isDead(weight.ranges[c], weight.scheme))
            weight.params[c].scale = kSmallestScale;
    }
}

int widenForBias(TensorPlan &weight, const Tensor &bias, float inputScale)
{
    const auto values = bias.floats();
    int widened = 0;
    const std::size_t channels = weight.params.size();
    for (std::size_t c = 0; c < channels; ++c) {
        const auto own = channels > 1 && values.size() > 1 ? values.subspan(c, 1) : values;
        double largest = 0;
        for (const float value : own)
            largest = std::max(largest, std::abs(double(value)));
        const double needed = largest / (double(inputScale) * kBiasLimit);
        float &scale = weight.params[c].scale;
        if (double(scale) >= needed)
            continue;
        scale = roundedUp(needed);
        widened += isDead(weight.ranges[c], weight.scheme) ? 0 : 1;
    }
    return widened;
}

TensorPlan planBias(const std::string &name, const Tensor &bias, const TensorPlan &weight, float inputScale)
{
    TensorPlan entry {.tensor = name, .role = TensorRole::Bias, .scheme = {DType::Int32, true}};
    entry.axis = weight.axis ? std::optional(0) : std::nullopt;
    for (const ScaleZeroPoint &params : weight.params)
        entry.params.push_back({inputScale * params.scale, 0});
    entry.ranges = {extentOf(bias.floats()).range};
    entry.reason = sentence(QS_TR_NOOP("Sentence", "int32 with the scale of input times weight"));
    return entry;
}

} // namespace qs
