// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/histogram.h"
#include "core/tensor/vectorize.h"

#include <cmath>

namespace qs {

/// Number of the bin of \a x among bins of width 1 / \a factor, a power of two, so that the product is exact.
/// Negative values mirror the positive ones: ~n for -x where n is for x. That needs no floor(), stays right
/// where the product underflows, and halving the resolution is a shift for both signs.
constexpr std::int32_t binOf(float x, float factor)
{
    const auto bits = std::bit_cast<std::int32_t>(x);
    const auto magnitude = std::bit_cast<float>(bits & 0x7FFFFFFF);
    const std::int32_t negative = (sortKey(bits) + 1) >> 31; // all ones below zero; -0 is not below zero
    return static_cast<std::int32_t>(magnitude * factor) ^ negative;
}

/// Where the bins of a Histogram lie. A function of the extent alone, whatever the order of the values:
/// that is what makes merged parts equal to the whole.
struct HistogramWindow
{
    int exponent = 0;
    std::int64_t firstBin = 0;

    bool operator==(const HistogramWindow &) const = default;

    /// The finest bins that cover \a extent, starting at its minimum. Bin numbers stay below 2^23 (finer
    /// bins than floats are useless, and the numbers stay exact) and widths above 2^-126 (so that their
    /// inverse is a normal float).
    static HistogramWindow around(Range extent)
    {
        const float magnitude = std::max(-extent.min, extent.max);
        int exponent = magnitude > 0 ? std::max(std::ilogb(magnitude) - 22, -126) : -126;
        for (;; ++exponent) {
            const float factor = std::ldexp(1.F, -exponent);
            const std::int32_t first = binOf(extent.min, factor);
            if (binOf(extent.max, factor) - first < Histogram::kBins)
                return {exponent, first};
        }
    }

    /// Place in this window of a bin of a finer or equal window inside it.
    std::int64_t position(std::int64_t bin, int binExponent) const
    {
        return (bin >> std::min(exponent - binExponent, 62)) - firstBin;
    }
};

} // namespace qs
