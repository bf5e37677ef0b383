// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/tensor/quantmath.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <vector>

namespace qs {

/// Which values are counted, and how often: all that lie outside \a bulk once; of those within, in short
/// pieces at random places, one in \a stride, each \a stride times. All are where some are not finite.
struct HistogramSampling
{
    std::size_t stride = 1;
    Range bulk;
    std::uint64_t seed = 0; ///< of the places
    std::span<const Range> parts; ///< extents of the equal parts that the values are made of; may be empty
};

/// Counts of values in equal bins. The range grows as values come: bin width doubles by merging neighbours,
/// so one pass is enough, memory is constant and merging histograms of parts equals the histogram of the
/// whole. Bin edges are multiples of the width, so that 0 is always an edge; a value on an edge belongs to
/// the bin farther from 0, so that negated values give the mirrored histogram. 0 lies in the bin above it.
class Histogram
{
public:
    static constexpr int kBins = 2048;

    /// Adds the finite values and returns extentOf(x), which comes for free; NaN and infinities are only
    /// counted there.
    Extent add(std::span<const float> x);
    /// Makes room for \a extent, which is extentOf(x), and counts a share of \a x.
    void add(std::span<const float> x, const Extent &extent, const HistogramSampling &sampling);
    void merge(const Histogram &other);

    bool isEmpty() const { return m_total == 0; }
    std::uint64_t total() const { return m_total; } ///< of the counts
    /// Exact extremes of what was added, counted or not.
    Range extent() const { return m_extent; }

    double binWidth() const;
    double lowerEdge() const; ///< left edge of counts()[0]
    /// Left edge of bin \a index; exact. The values of the outermost bins may reach less far: see extent().
    double edge(int index) const;
    const std::vector<std::uint64_t> &counts() const { return m_counts; }

    /// Value below which a \a fraction of the values lie, linear within a bin, clamped to the extent.
    double quantile(double fraction) const;
    /// Share of values outside \a range, 0..1, linear within a bin.
    double fractionOutside(Range range) const;

    nlohmann::json toJson() const;
    static Result<Histogram> fromJson(const nlohmann::json &json);

    bool operator==(const Histogram &) const = default;

private:
    class Counter;
    void cover(Range range);
    void addBulk(std::span<const float> x, Range extent, const HistogramSampling &sampling);
    void addEnds(Range extent, Range bulk);
    void addTails(std::span<const float> x, const HistogramSampling &sampling);

    std::vector<std::uint64_t> m_counts; ///< empty until the first value
    int m_exponent = 0; ///< bin width = 2^m_exponent
    std::int64_t m_firstBin = 0; ///< lower edge = m_firstBin * 2^m_exponent
    std::uint64_t m_total = 0;
    Range m_extent;
};

/// Mean squared error per value, expected when values distributed as \a histogram are quantized with \a
/// params: rounding error within \a limits plus clipping error outside.
double expectedQuantizationMse(const Histogram &histogram, ScaleZeroPoint params, QuantLimits limits);

} // namespace qs
