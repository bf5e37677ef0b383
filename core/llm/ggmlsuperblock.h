// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggmlhalf.h"
#include "core/llm/ggmlsearch.h"

/// What the K types share: super-blocks of 256 weights, in 8 groups of 32 or 16 groups of 16, whose scales
/// (and minima) are themselves integers times one half-precision number.
namespace qs::ggml {

inline constexpr int kSuper = 256;

QS_INLINE float sumOfSquares(const float *x)
{
    float sum = 0.F;
    for (int i = 0; i < kSuper; ++i)
        sum += x[i] * x[i];
    return sum;
}

/// w = importance * sqrt(sigma2 + x^2)
template <int kSize>
QS_INLINE void weigh(const float *importance, float sigma2, const FloatLanes *x, FloatLanes *w)
{
    toLanes<kSize>(importance, w);
    for (int i = 0; i < kSize; ++i)
        w[i] = w[i] * root(sigma2 + x[i] * x[i]);
}

template <int kSize> QS_INLINE FloatLanes sumOf(const FloatLanes *x)
{
    FloatLanes sum {};
    for (int i = 0; i < kSize; ++i)
        sum += x[i];
    return sum;
}

template <int kCount> QS_INLINE float largestOf(const float *x)
{
    float largest = 0.F;
    for (int i = 0; i < kCount; ++i)
        largest = std::max(largest, x[i]);
    return largest;
}

/// First of the largest magnitude, 0 if all are 0.
template <int kCount> QS_INLINE float extremeOf(const float *x)
{
    float size = 0.F;
    float value = 0.F;
    for (int i = 0; i < kCount; ++i) {
        if (std::abs(x[i]) > size) {
            size = std::abs(x[i]);
            value = x[i];
        }
    }
    return value;
}

/// Codes of the scales (or minima) of \a kCount groups in [0, nmax], by plain rounding. Returns what the
/// super-block stores: their largest over nmax, still to be rounded to a half.
template <int kCount> QS_INLINE float roundScales(const float *scales, int nmax, std::uint8_t *codes)
{
    const float largest = largestOf<kCount>(scales);
    const float inverse = largest > 0.F ? static_cast<float>(nmax) / largest : 0.F;
    for (int g = 0; g < kCount; ++g) {
        const auto code = static_cast<std::uint8_t>(nearestInt(inverse * scales[g]));
        codes[g] = std::min(code, static_cast<std::uint8_t>(nmax));
    }
    return largest > 0.F ? largest / static_cast<float>(nmax) : 0.F;
}

/// Rounds the weights again, with the scales and minima as stored: x ~ scale * code - minimum. Where a scale
/// is 0 the codes of the search stay.
template <int kSize>
QS_INLINE void roundAgain(const FloatLanes *x, FloatLanes scale, FloatLanes minimum, int nmax,
                          IntLanes *codes)
{
    const IntLanes isNull = scale == 0.F;
    for (int i = 0; i < kSize; ++i)
        codes[i] = select(isNull, codes[i], clamp(nearestInt((x[i] + minimum) / scale), 0, nmax));
}
/// The same for x ~ scale * (code - nmax), codes in [0, 2 nmax - 1].
template <int kSize>
QS_INLINE void roundAgainSymmetric(const FloatLanes *x, FloatLanes scale, int nmax, IntLanes *codes)
{
    const IntLanes isNull = scale == 0.F;
    for (int i = 0; i < kSize; ++i)
        codes[i] = select(isNull, codes[i], clamp(nearestInt(x[i] / scale), -nmax, nmax - 1) + nmax);
}

/// 2-bit fields as in Q2_K and Q3_K: byte 32h + l holds two bits of the weights l, 32 + l,
/// 64 + l, 96 + l of half h.
QS_INLINE void packPairs(const std::uint8_t *codes, std::byte *out)
{
    std::uint8_t packed[kSuper / 4];
    for (int half = 0; half < 2; ++half, codes += 128) {
        for (int l = 0; l < 32; ++l)
            packed[32 * half + l]
                = static_cast<std::uint8_t>((codes[l] & 3) | (codes[32 + l] & 3) << 2
                                            | (codes[64 + l] & 3) << 4 | (codes[96 + l] & 3) << 6);
    }
    std::memcpy(out, packed, sizeof packed);
}
QS_INLINE void unpackPairs(const std::byte *in, std::uint8_t *codes)
{
    std::uint8_t packed[kSuper / 4];
    std::memcpy(packed, in, sizeof packed);
    for (int half = 0; half < 2; ++half) {
        for (int part = 0; part < 4; ++part) {
            for (int l = 0; l < 32; ++l)
                codes[128 * half + 32 * part + l] = packed[32 * half + l] >> (2 * part) & 3;
        }
    }
}

} // namespace qs::ggml
