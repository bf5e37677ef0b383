// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/vectorize.h"

#include <cmath>
#include <cstdint>
#include <cstring>

/// Eight groups of weights side by side, a group a lane. The formats fix the order in which a group's sums
/// are added up, so a group cannot be vectorized, but eight of them can: every lane does what plain code
/// would.
namespace qs::ggml {

inline constexpr int kLanes = 8;
using FloatLanes = float __attribute__((vector_size(kLanes * sizeof(float))));
using IntLanes = std::int32_t __attribute__((vector_size(kLanes * sizeof(float))));

QS_INLINE FloatLanes broadcast(float x)
{
    return FloatLanes {} + x;
}
QS_INLINE FloatLanes select(IntLanes mask, FloatLanes a, FloatLanes b)
{
    return mask ? a : b;
}
QS_INLINE IntLanes select(IntLanes mask, IntLanes a, IntLanes b)
{
    return mask ? a : b;
}
QS_INLINE FloatLanes lesser(FloatLanes a, FloatLanes b)
{
    return a < b ? a : b;
}
QS_INLINE FloatLanes greater(FloatLanes a, FloatLanes b)
{
    return a > b ? a : b;
}
QS_INLINE IntLanes bitsOf(FloatLanes x)
{
    return reinterpret_cast<IntLanes>(x);
}
QS_INLINE FloatLanes magnitude(FloatLanes x)
{
    return reinterpret_cast<FloatLanes>(bitsOf(x) & 0x7FFFFFFF);
}
QS_INLINE FloatLanes toFloat(IntLanes x)
{
    return __builtin_convertvector(x, FloatLanes);
}
QS_INLINE FloatLanes root(FloatLanes x)
{
    for (int lane = 0; lane < kLanes; ++lane)
        x[lane] = std::sqrt(x[lane]);
    return x;
}
QS_INLINE bool any(IntLanes mask)
{
    using Words = std::int64_t __attribute__((vector_size(sizeof(IntLanes))));
    const Words words = reinterpret_cast<Words>(mask);
    return (words[0] | words[1] | words[2] | words[3]) != 0;
}

/// 1.5 * 2^23: adding it leaves the rounded number (half to even) in the low bits.
inline constexpr float kRounder = 12582912.F;

/// Rounds half to even where |x| < 2^22; what comes out beyond is as in the reference, which does it so too.
QS_INLINE IntLanes nearestInt(FloatLanes x)
{
    return (bitsOf(x + kRounder) & 0x7FFFFF) - 0x400000;
}
QS_INLINE int nearestInt(float x)
{
    const float sum = x + kRounder;
    std::int32_t bits = 0;
    std::memcpy(&bits, &sum, sizeof bits);
    return (bits & 0x7FFFFF) - 0x400000;
}
QS_INLINE IntLanes clamp(IntLanes x, int low, int high)
{
    const IntLanes lows = IntLanes {} + low;
    const IntLanes highs = IntLanes {} + high;
    x = x < lows ? lows : x;
    return x > highs ? highs : x;
}

/// Lane g of lanes[i] = x[g * kSize + i].
template <int kSize> QS_INLINE void toLanes(const float *x, FloatLanes *lanes)
{
    for (int i = 0; i < kSize; ++i) {
        for (int g = 0; g < kLanes; ++g)
            lanes[i][g] = x[g * kSize + i];
    }
}
/// The reverse, as bytes.
template <int kSize> QS_INLINE void fromLanes(const IntLanes *lanes, std::uint8_t *codes)
{
    for (int i = 0; i < kSize; ++i) {
        for (int g = 0; g < kLanes; ++g)
            codes[g * kSize + i] = static_cast<std::uint8_t>(lanes[i][g]);
    }
}

} // namespace qs::ggml
