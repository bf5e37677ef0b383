// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/quantmath.h"

#include "core/tensor/vectorize.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>

namespace qs {
namespace {

// Adding 1.5 * 2^23 pushes the fraction out of a float: the hardware rounds half to even and the integer is
// left in the low bits. Right for |v| <= 2^22, which the clamp before guarantees.
constexpr float kRoundingShift = 12582912.F;
constexpr std::int32_t kRoundingShiftBits = std::bit_cast<std::int32_t>(kRoundingShift);

// Clamps and recognises NaN on integers, see sortKey(): comparisons of floats would not vectorize.
template <typename T>
QS_INLINE void quantizeBlock(const float *__restrict x, T *__restrict q, float scale, float low, float high,
                             std::int32_t zeroPoint)
{
    constexpr std::int32_t kInfinity = 0x7F800000;
    const std::int32_t lowKey = sortKey(low);
    const std::int32_t highKey = sortKey(high);
    for (std::size_t i = 0; i < kVectorBlock; ++i) {
        auto bits = std::bit_cast<std::int32_t>(x[i] / scale);
        bits = (bits & 0x7FFFFFFF) > kInfinity ? 0 : bits;
        const std::int32_t key = std::min(std::max(sortKey(bits), lowKey), highKey);
        const auto rounded = std::bit_cast<std::int32_t>(fromSortKey(key) + kRoundingShift);
        q[i] = static_cast<T>(rounded - kRoundingShiftBits + zeroPoint);
    }
}

template <typename T>
QS_INLINE void dequantizeBlock(const T *__restrict q, float *__restrict x, float scale,
                               std::int32_t zeroPoint)
{
    for (std::size_t i = 0; i < kVectorBlock; ++i)
        x[i] = static_cast<float>(q[i] - zeroPoint) * scale;
}

template <typename T>
QS_INLINE void quantizeAll(std::span<const float> x, ScaleZeroPoint params, QuantLimits limits,
                           std::span<T> q)
{
    assert(x.size() == q.size());
    const auto low = static_cast<float>(limits.min - params.zeroPoint);
    const auto high = static_cast<float>(limits.max - params.zeroPoint);
    std::size_t i = 0;
    for (; i + kVectorBlock <= x.size(); i += kVectorBlock)
        quantizeBlock(x.data() + i, q.data() + i, params.scale, low, high, params.zeroPoint);
    if (i == x.size())
        return;
    float from[kVectorBlock] = {};
    T to[kVectorBlock];
    std::copy(x.begin() + static_cast<std::ptrdiff_t>(i), x.end(), from);
    quantizeBlock(from, to, params.scale, low, high, params.zeroPoint);
    std::copy_n(to, x.size() - i, q.begin() + static_cast<std::ptrdiff_t>(i));
}

template <typename T>
QS_INLINE void dequantizeAll(std::span<const T> q, ScaleZeroPoint params, std::span<float> x)
{
    assert(x.size() == q.size());
    std::size_t i = 0;
    for (; i + kVectorBlock <= q.size(); i += kVectorBlock)
        dequantizeBlock(q.data() + i, x.data() + i, params.scale, params.zeroPoint);
    for (; i < q.size(); ++i)
        x[i] = static_cast<float>(q[i] - params.zeroPoint) * params.scale;
}

constexpr QuantLimits fullLimits(int bits, bool isSigned)
{
    const std::int64_t codes = std::int64_t {1} << bits;
    const std::int64_t low = isSigned ? -codes / 2 : 0;
    return {static_cast<std::int32_t>(low), static_cast<std::int32_t>(low + codes - 1)};
}

bool isSignedType(DType type)
{
    return type == DType::Int8 || type == DType::Int16 || type == DType::Int4 || type == DType::Int32;
}

std::int32_t middleOf(QuantLimits limits)
{
    return static_cast<std::int32_t>(std::nearbyint((double(limits.min) + double(limits.max)) / 2));
}

} // namespace

QuantLimits typeLimits(DType type)
{
    const int bits = bitsOf(type);
    assert(!isFloatingPoint(type) && bits >= 4 && bits <= 32 && type != DType::UInt32);
    return fullLimits(bits, isSignedType(type));
}

// Reduced ranges as in ONNX Runtime's ONNX_INT_TYPE_REDUCED_RANGE: signed ones of 8 and 16 bits keep both
// ends ([-64,64]), [-4,3] has not. A symmetric grid must reach equally far both ways, so where the limits
// have an even number of codes the lowest is dropped: int8 [-127,127] and, being the same grid plus 128,
// uint8 [1,255] around 128 (the zero point that ONNX Runtime's int8-to-uint8 rewrite and symmetric kernels
// use).
QuantLimits limitsOf(const QuantScheme &scheme)
{
    const int typeBits = bitsOf(scheme.type);
    const int bits = bitsOf(scheme);
    assert(bits >= 2);
    QuantLimits limits
        = bits == typeBits ? typeLimits(scheme.type) : fullLimits(bits, isSignedType(scheme.type));
    if (isSignedType(scheme.type) && bits == typeBits - 1 && typeBits > 4)
        limits.max = -limits.min;
    const bool evenCodes = (std::int64_t {limits.max} - limits.min) % 2 != 0;
    if (scheme.symmetric && evenCodes)
        ++limits.min;
    return limits;
}

int bitsOf(const QuantScheme &scheme)
{
    const int typeBits = bitsOf(scheme.type);
    return scheme.bits > 0 ? std::min(scheme.bits, typeBits) : typeBits;
}

int bitsOf(QuantLimits limits)
{
    const auto codes = static_cast<std::uint64_t>(std::int64_t {limits.max} - limits.min + 1);
    const bool keepsBothEnds = limits.min == -limits.max && codes > 3 && std::has_single_bit(codes - 1);
    return static_cast<int>(std::bit_width(codes - (keepsBothEnds ? 2 : 1)));
}

QuantScheme withBits(QuantScheme scheme, int bits)
{
    const int least = std::min(bitsOf(scheme), bits);
    scheme.bits = least == bitsOf(scheme.type) ? 0 : least;
    return scheme;
}

ScaleZeroPoint chooseScale(Range range, const QuantScheme &scheme)
{
    const QuantLimits limits = limitsOf(scheme);
    const ScaleZeroPoint degenerate {1.F, scheme.symmetric ? middleOf(limits) : 0};
    if (!std::isfinite(range.min) || !std::isfinite(range.max))
        return degenerate;
    double low = std::min(double(range.min), 0.0);
    double high = std::max(double(range.max), 0.0);
    if (scheme.symmetric) {
        high = std::max(-low, high);
        low = -high;
    }
    const double scale = (high - low) / (double(limits.max) - double(limits.min));
    if (scale < double(std::numeric_limits<float>::min()))
        return degenerate;
    if (scheme.symmetric)
        return {static_cast<float>(scale), middleOf(limits)};
    const double zero = std::nearbyint(double(limits.min) - low / scale);
    return {static_cast<float>(scale),
            static_cast<std::int32_t>(std::clamp(zero, double(limits.min), double(limits.max)))};
}

std::int32_t quantize(float x, ScaleZeroPoint params, QuantLimits limits)
{
    const float v = std::nearbyint(x / params.scale);
    if (std::isnan(v))
        return params.zeroPoint;
    const double q = double(v) + params.zeroPoint;
    return static_cast<std::int32_t>(std::clamp(q, double(limits.min), double(limits.max)));
}

float dequantize(std::int32_t q, ScaleZeroPoint params)
{
    return static_cast<float>(std::int64_t {q} - params.zeroPoint) * params.scale;
}

QS_VECTORIZE
void quantizeTo(std::span<const float> x, ScaleZeroPoint params, QuantLimits limits, std::span<std::int8_t> q)
{
    quantizeAll(x, params, limits, q);
}

QS_VECTORIZE
void quantizeTo(std::span<const float> x, ScaleZeroPoint params, QuantLimits limits,
                std::span<std::uint8_t> q)
{
    quantizeAll(x, params, limits, q);
}

QS_VECTORIZE
void dequantizeTo(std::span<const std::int8_t> q, ScaleZeroPoint params, std::span<float> x)
{
    dequantizeAll(q, params, x);
}

QS_VECTORIZE
void dequantizeTo(std::span<const std::uint8_t> q, ScaleZeroPoint params, std::span<float> x)
{
    dequantizeAll(q, params, x);
}

std::vector<std::int32_t> quantizeBias(std::span<const float> bias, float inputScale,
                                       std::span<const float> weightScales, int &saturated)
{
    assert(weightScales.size() == 1 || weightScales.size() == bias.size());
    constexpr double kMin = std::numeric_limits<std::int32_t>::min();
    constexpr double kMax = std::numeric_limits<std::int32_t>::max();
    saturated = 0;
    std::vector<std::int32_t> result(bias.size());
    for (std::size_t c = 0; c < bias.size(); ++c) {
        // The kernel multiplies the scales in float32, so the bias must be divided by that very product.
        const float scale = inputScale * weightScales[weightScales.size() == 1 ? 0 : c];
        const double q = std::nearbyint(double(bias[c]) / double(scale));
        if (std::isnan(q))
            continue;
        saturated += q < kMin || q > kMax ? 1 : 0;
        result[c] = static_cast<std::int32_t>(std::clamp(q, kMin, kMax));
    }
    return result;
}

} // namespace qs
