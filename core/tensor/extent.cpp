// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/quantmath.h"
#include "core/tensor/vectorize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace qs {
namespace {

struct Keys
{
    std::int32_t min = std::numeric_limits<std::int32_t>::max();
    std::int32_t max = std::numeric_limits<std::int32_t>::min();
};

// Adding zero turns -0 into 0.
float valueOf(std::int32_t key)
{
    return fromSortKey(key) + 0.F;
}

constexpr std::int32_t kLowest = sortKey(std::numeric_limits<float>::lowest());
constexpr std::int32_t kHighest = sortKey(std::numeric_limits<float>::max());

template <std::size_t Count> QS_INLINE void widen(Keys &keys, const float *__restrict x)
{
    std::int32_t low = keys.min;
    std::int32_t high = keys.max;
    for (std::size_t i = 0; i < Count; ++i) {
        const std::int32_t key = sortKey(x[i]);
        low = std::min(low, key);
        high = std::max(high, key);
    }
    keys = {low, high};
}

QS_VECTORIZE Keys keysOf(const float *x, std::size_t size)
{
    // Long runs first: each call ends in a reduction across the vector.
    constexpr std::size_t kRun = 1024;
    Keys keys;
    std::size_t i = 0;
    for (; i + kRun <= size; i += kRun)
        widen<kRun>(keys, x + i);
    for (; i + kVectorBlock <= size; i += kVectorBlock)
        widen<kVectorBlock>(keys, x + i);
    for (; i < size; ++i)
        widen<1>(keys, x + i);
    return keys;
}

Extent countingExtent(std::span<const float> x)
{
    Extent extent;
    Keys keys;
    for (const float v : x) {
        if (std::isnan(v)) {
            ++extent.nan;
        } else if (std::isinf(v)) {
            ++extent.infinite;
        } else {
            ++extent.finite;
            keys.min = std::min(keys.min, sortKey(v));
            keys.max = std::max(keys.max, sortKey(v));
        }
    }
    if (extent.finite > 0)
        extent.range = {valueOf(keys.min), valueOf(keys.max)};
    return extent;
}

} // namespace

void Extent::merge(const Extent &other)
{
    if (finite == 0)
        range = other.range;
    else if (other.finite > 0)
        range = {std::min(range.min, other.range.min), std::max(range.max, other.range.max)};
    finite += other.finite;
    nan += other.nan;
    infinite += other.infinite;
}

Extent extentOf(std::span<const float> x)
{
    if (x.empty())
        return {};
    const Keys keys = keysOf(x.data(), x.size());
    if (keys.min < kLowest || keys.max > kHighest)
        return countingExtent(x);
    return {{valueOf(keys.min), valueOf(keys.max)}, x.size(), 0, 0};
}

} // namespace qs
