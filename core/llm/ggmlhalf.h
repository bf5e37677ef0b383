// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/vectorize.h"

#include <bit>
#include <cstdint>
#include <cstring>

/// IEEE binary16 and bfloat16 as ggml files hold them. Branchless, so that loops over them vectorize.
namespace qs {

/// Rounds half to even; beyond 65520 infinity, NaN becomes the quiet NaN.
QS_INLINE std::uint16_t halfFromFloat(float x)
{
    const auto bits = std::bit_cast<std::uint32_t>(x);
    const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
    // The exponent is rebiased from 127 to 15; an overflow of the mantissa carries into it, as it should.
    const std::uint32_t normal = (magnitude + 0x0FFFU + (magnitude >> 13 & 1U) - 0x38000000U) >> 13;
    // 0.5 has a spacing of 2^-24, that of subnormal halves: the addition rounds.
    const std::uint32_t subnormal
        = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - 0x3F000000U;
    std::uint32_t half = magnitude < 0x38800000U ? subnormal : normal;
    half = magnitude >= 0x477FF000U ? 0x7C00U : half;
    half = magnitude > 0x7F800000U ? 0x7E00U : half;
    return static_cast<std::uint16_t>(half | (bits >> 16 & 0x8000U));
}

/// Exact.
QS_INLINE float floatFromHalf(std::uint16_t half)
{
    const std::uint32_t shifted = (half & 0x7FFFU) << 13;
    const float scaled = std::bit_cast<float>(shifted) * 0x1p112F; // rebiases 15 to 127, subnormals too
    std::uint32_t bits = std::bit_cast<std::uint32_t>(scaled);
    bits = shifted >= 0x0F800000U ? shifted | 0x7F800000U : bits; // infinity and NaN
    return std::bit_cast<float>(bits | (half & 0x8000U) << 16);
}

/// Rounds half to even; NaN stays one.
QS_INLINE std::uint16_t bfloatFromFloat(float x)
{
    const auto bits = std::bit_cast<std::uint32_t>(x);
    const std::uint32_t rounded = (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16;
    return static_cast<std::uint16_t>((bits & 0x7FFFFFFFU) > 0x7F800000U ? bits >> 16 | 0x40U : rounded);
}

QS_INLINE float floatFromBfloat(std::uint16_t bfloat)
{
    return std::bit_cast<float>(std::uint32_t {bfloat} << 16);
}

/// The half at \a bytes, which need not be aligned.
QS_INLINE float loadHalf(const std::byte *bytes)
{
    std::uint16_t half = 0;
    std::memcpy(&half, bytes, sizeof half);
    return floatFromHalf(half);
}

/// Stores \a x as half and returns what was stored.
QS_INLINE float storeHalf(float x, std::byte *bytes)
{
    const std::uint16_t half = halfFromFloat(x);
    std::memcpy(bytes, &half, sizeof half);
    return floatFromHalf(half);
}

} // namespace qs
