// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/groupedweights.h"

#include "core/llm/floatmath.h"

#include <limits>

namespace qs {
namespace {

/// Smallest scale a file can hold without loss of precision to speak of: binary16's smallest normal number.
constexpr float kSmallestScale = 0x1p-14F;

float stored(float scale, const GroupScheme &scheme)
{
    if (!scheme.roundsScales)
        return scale;
    return std::clamp(roundToHalf(scale), kSmallestScale, 65504.F);
}

GroupParams fromRange(float low, float high, const GroupScheme &scheme)
{
    const auto maxCode = static_cast<float>(scheme.maxCode());
    const float scale = stored((high - low) / maxCode, scheme);
    if (scheme.isSymmetric)
        return {scale, (maxCode + 1) / 2};
    return {scale, std::clamp(std::nearbyint(-low / scale), 0.F, maxCode)};
}

struct Bounds
{
    float low = 0;
    float high = 0;
};

/// Least and largest weight, or 0 when that is smaller or larger; both sides alike when \a isSymmetric.
Bounds boundsOf(std::span<const float> weights, bool isSymmetric)
{
    Bounds bounds;
    for (const float weight : weights) {
        bounds.low = std::min(bounds.low, weight);
        bounds.high = std::max(bounds.high, weight);
    }
    if (isSymmetric) {
        bounds.high = std::max(-bounds.low, bounds.high);
        bounds.low = -bounds.high;
    }
    if (bounds.low == 0 && bounds.high == 0)
        bounds = {-1, 1};
    return bounds;
}

} // namespace

GroupedWeights::GroupedWeights(const GroupScheme &scheme, std::int64_t outputs, std::int64_t inputs)
    : bits(scheme.bits)
    , out(outputs)
    , in(inputs)
    , codes(static_cast<std::size_t>(outputs * inputs))
    , scales(outputs, scheme.groupsFor(inputs))
    , zeros(outputs, scheme.groupsFor(inputs))
    , groupOf(static_cast<std::size_t>(inputs))
{
    for (std::int64_t i = 0; i < inputs; ++i)
        groupOf[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i / scheme.sizeFor(inputs));
}

GroupParams gptqParams(std::span<const float> weights, const GroupScheme &scheme)
{
    const Bounds bounds = boundsOf(weights, scheme.isSymmetric);
    return fromRange(bounds.low, bounds.high, scheme);
}

GroupParams gptqParamsByError(std::span<const float> weights, const GroupScheme &scheme)
{
    const Bounds bounds = boundsOf(weights, scheme.isSymmetric);
    GroupParams best;
    float least = std::numeric_limits<float>::infinity();
    for (int i = 0; i < 80; ++i) {
        const float share = 1.F - static_cast<float>(i) / 100.F;
        const GroupParams params = fromRange(bounds.low * share, bounds.high * share, scheme);
        float error = 0;
        for (const float weight : weights) {
            const float value
                = (static_cast<float>(codeOf(weight, params, scheme.maxCode())) - params.zero) * params.scale;
            error += std::pow(std::fabs(value - weight), 2.4F);
        }
        if (error < least) {
            least = error;
            best = params;
        }
    }
    return best;
}

GroupParams awqParams(std::span<const float> weights, const GroupScheme &scheme)
{
    const auto [low, high] = std::minmax_element(weights.begin(), weights.end());
    const auto maxCode = static_cast<float>(scheme.maxCode());
    const float scale = stored(std::max(*high - *low, 1e-5F) / maxCode, scheme);
    return {scale, std::clamp(-std::nearbyint(*low / scale), 0.F, maxCode)};
}

Matrix dequantize(const GroupedWeights &weights)
{
    Matrix result(weights.out, weights.in);
    for (std::int64_t row = 0; row < weights.out; ++row) {
        const std::uint8_t *codes = weights.codes.data() + row * weights.in;
        const float *scales = weights.scales.row(row);
        const float *zeros = weights.zeros.row(row);
        float *values = result.row(row);
        for (std::int64_t i = 0; i < weights.in; ++i) {
            const std::int32_t group = weights.groupOf[static_cast<std::size_t>(i)];
            values[i] = (static_cast<float>(codes[i]) - zeros[group]) * scales[group];
        }
    }
    return result;
}

Status checkScheme(const GroupScheme &scheme)
{
    if (scheme.bits < 2 || scheme.bits > 8)
        return Error {ErrorCode::InvalidArgument, "bits", std::to_string(scheme.bits) + " is not in 2 to 8"};
    if (scheme.groupSize == 0 || scheme.groupSize < -1)
        return Error {ErrorCode::InvalidArgument, "group_size",
                      std::to_string(scheme.groupSize) + " is neither -1 (whole rows) nor positive"};
    return Done {};
}

} // namespace qs
