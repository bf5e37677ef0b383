// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/pickvalues.h"

#include "core/tensor/vectorize.h"

#include <algorithm>

#if defined(__x86_64__) && defined(__GNUC__)
#define QS_HAS_AVX512_CODE
#include <immintrin.h>
#endif

namespace qs {
namespace {

enum class Side { Outside, Inside };

template <Side side> QS_INLINE std::size_t pickOne(float x, Range range, float *out)
{
    *out = x;
    if constexpr (side == Side::Outside)
        return static_cast<std::size_t>(x < range.min) + static_cast<std::size_t>(x > range.max);
    return static_cast<std::size_t>(x >= range.min) & static_cast<std::size_t>(x <= range.max);
}

/// Whether a value of the block lies outside \a range.
QS_INLINE bool hasOutside(const float *x, Range range)
{
    std::int32_t outside = 0;
    for (std::size_t i = 0; i < kVectorBlock; ++i)
        outside |= static_cast<std::int32_t>(x[i] < range.min) | static_cast<std::int32_t>(x[i] > range.max);
    return outside != 0;
}

QS_VECTORIZE std::size_t pickOutsideAnywhere(const float *x, std::size_t size, Range range, float *out)
{
    std::size_t count = 0;
    for (std::size_t start = 0; start < size; start += kVectorBlock) {
        const std::size_t end = std::min(start + kVectorBlock, size);
        if (end - start == kVectorBlock && !hasOutside(x + start, range))
            continue;
        for (std::size_t i = start; i < end; ++i)
            count += pickOne<Side::Outside>(x[i], range, out + count);
    }
    return count;
}

std::size_t pickInsideAnywhere(const float *x, std::size_t size, Range range, float *out)
{
    std::size_t count = 0;
    for (std::size_t i = 0; i < size; ++i)
        count += pickOne<Side::Inside>(x[i], range, out + count);
    return count;
}

#ifdef QS_HAS_AVX512_CODE
/// What a vector holds on one side is moved together in one step, which no loop is compiled to.
template <Side side>
__attribute__((target("avx512f,popcnt"))) std::size_t pickAvx512(const float *x, std::size_t size,
                                                                 Range range, float *out)
{
    constexpr std::size_t kLanes = 16;
    static_assert(kPickSlack >= kLanes);
    const __m512 low = _mm512_set1_ps(range.min);
    const __m512 high = _mm512_set1_ps(range.max);
    std::size_t count = 0;
    std::size_t i = 0;
    for (; i + kLanes <= size; i += kLanes) {
        const __m512 values = _mm512_loadu_ps(x + i);
        unsigned picked = 0;
        if constexpr (side == Side::Outside)
            picked = static_cast<unsigned>(_mm512_cmp_ps_mask(values, low, _CMP_LT_OQ))
                | static_cast<unsigned>(_mm512_cmp_ps_mask(values, high, _CMP_GT_OQ));
        else
            picked = static_cast<unsigned>(_mm512_cmp_ps_mask(values, low, _CMP_GE_OQ))
                & static_cast<unsigned>(_mm512_cmp_ps_mask(values, high, _CMP_LE_OQ));
        if (picked == 0)
            continue;
        _mm512_storeu_ps(out + count, _mm512_maskz_compress_ps(static_cast<__mmask16>(picked), values));
        count += static_cast<std::size_t>(__builtin_popcount(picked));
    }
    for (; i < size; ++i)
        count += pickOne<side>(x[i], range, out + count);
    return count;
}

bool hasAvx512()
{
    static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("popcnt");
    return has;
}
#endif

} // namespace

std::size_t pickOutside(const float *x, std::size_t size, Range range, float *out)
{
#ifdef QS_HAS_AVX512_CODE
    if (hasAvx512())
        return pickAvx512<Side::Outside>(x, size, range, out);
#endif
    return pickOutsideAnywhere(x, size, range, out);
}

std::size_t pickInside(const float *x, std::size_t size, Range range, float *out)
{
#ifdef QS_HAS_AVX512_CODE
    if (hasAvx512())
        return pickAvx512<Side::Inside>(x, size, range, out);
#endif
    return pickInsideAnywhere(x, size, range, out);
}

} // namespace qs
