// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What can be asked of a histogram. Values are taken as spread evenly over their bin, as far as the bin lies
// within the exact extent.
#include "core/tensor/histogram.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

struct Span
{
    double low = 0;
    double high = 0;

    double width() const { return high - low; }
    /// Share of the values below \a x; a span of one point counts as not below itself.
    double shareBelow(double x) const
    {
        if (x <= low)
            return 0;
        return x >= high ? 1 : (x - low) / width();
    }
    double shareAbove(double x) const
    {
        if (x >= high)
            return 0;
        return x <= low ? 1 : (high - x) / width();
    }
};

/// Calls \a visit(span, count) for every bin that holds values, left to right.
template <typename Visitor> void forEachBin(const Histogram &histogram, Visitor visit)
{
    const Range extent = histogram.extent();
    for (int i = 0; i < Histogram::kBins && !histogram.isEmpty(); ++i) {
        const std::uint64_t count = histogram.counts()[static_cast<std::size_t>(i)];
        if (count == 0)
            continue;
        visit(Span {std::max(histogram.edge(i), double(extent.min)),
                    std::min(histogram.edge(i + 1), double(extent.max))},
              double(count));
    }
}

/// Integral from 0 to u of the squared distance to the nearest integer of [low, high].
double errorIntegral(double u, double low, double high)
{
    const double code = std::clamp(std::nearbyint(u), low, high);
    const double rest = u - code;
    return code / 12 + rest * rest * rest / 3;
}

} // namespace

double Histogram::quantile(double fraction) const
{
    if (isEmpty() || fraction <= 0)
        return m_extent.min;
    double left = fraction * double(m_total);
    double result = m_extent.max;
    bool found = fraction >= 1;
    forEachBin(*this, [&](Span span, double count) {
        if (!found && left <= count) {
            result = span.low + span.width() * left / count;
            found = true;
        }
        left -= count;
    });
    return std::clamp(result, double(m_extent.min), double(m_extent.max));
}

double Histogram::fractionOutside(Range range) const
{
    if (isEmpty())
        return 0;
    double outside = 0;
    forEachBin(*this, [&](Span span, double count) {
        outside += count * std::min(span.shareBelow(range.min) + span.shareAbove(range.max), 1.0);
    });
    return outside / double(m_total);
}

double expectedQuantizationMse(const Histogram &histogram, ScaleZeroPoint params, QuantLimits limits)
{
    if (histogram.isEmpty())
        return 0;
    // In units of the scale the codes are integers. The integral is exact, for bins wider than a step too,
    // and past the last code it becomes the clipping error.
    const double scale = params.scale;
    const double low = double(limits.min) - params.zeroPoint;
    const double high = double(limits.max) - params.zeroPoint;
    double sum = 0;
    forEachBin(histogram, [&](Span span, double count) {
        const double from = span.low / scale;
        const double to = span.high / scale;
        if (to > from) {
            sum += count * (errorIntegral(to, low, high) - errorIntegral(from, low, high)) / (to - from);
        } else {
            const double rest = from - std::clamp(std::nearbyint(from), low, high);
            sum += count * rest * rest;
        }
    });
    return sum / double(histogram.total()) * scale * scale;
}

} // namespace qs
