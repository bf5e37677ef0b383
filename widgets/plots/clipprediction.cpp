// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/clipprediction.h"

#include <cmath>
#include <limits>
#include <map>

namespace qs {
namespace {

struct Bin
{
    double center;
    double percent;
};

/// Bins with values.
std::vector<Bin> usedBins(const Histogram &histogram)
{
    std::vector<Bin> bins;
    const auto total = static_cast<double>(histogram.total());
    const auto &counts = histogram.counts();
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0)
            bins.push_back({histogram.lowerEdge() + (static_cast<double>(i) + 0.5) * histogram.binWidth(),
                            100 * static_cast<double>(counts[i]) / total});
    return bins;
}

int floorDivide(int a, int b)
{
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

double meanSquare(const Histogram &histogram)
{
    double sum = 0;
    for (const Bin &bin : usedBins(histogram))
        sum += bin.percent / 100
            * (bin.center * bin.center + histogram.binWidth() * histogram.binWidth() / 12);
    return sum;
}

} // namespace

Range effectiveLimits(Range limits, const QuantScheme &scheme)
{
    const Range withZero {std::min(limits.min, 0.F), std::max(limits.max, 0.F)};
    if (!scheme.symmetric)
        return withZero;
    const float most = std::max(-withZero.min, withZero.max);
    return {-most, most};
}

ClipPrediction predictClipping(const Histogram &values, Range limits, const QuantScheme &scheme)
{
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    if (values.isEmpty())
        return {nan, nan, nan};
    const ScaleZeroPoint params = chooseScale(limits, scheme);
    const double error = expectedQuantizationMse(values, params, limitsOf(scheme));
    return {10 * std::log10(meanSquare(values) / error),
            100 * values.fractionOutside(effectiveLimits(limits, scheme)), static_cast<double>(params.scale)};
}

Columns groupBins(const Histogram &histogram, int most)
{
    Columns columns;
    const auto &counts = histogram.counts();
    std::size_t first = 0;
    std::size_t end = counts.size();
    while (first < end && counts[first] == 0)
        ++first;
    while (end > first && counts[end - 1] == 0)
        --end;
    const std::size_t group = std::max<std::size_t>(
        1, (end - first + static_cast<std::size_t>(most) - 1) / static_cast<std::size_t>(most));
    columns.width = histogram.isEmpty() ? 0 : static_cast<double>(group) * histogram.binWidth();
    for (std::size_t i = first; i < end; i += group) {
        std::uint64_t count = 0;
        for (std::size_t k = i; k < std::min(i + group, counts.size()); ++k)
            count += counts[k];
        columns.centers << histogram.lowerEdge() + static_cast<double>(i) * histogram.binWidth()
                + columns.width / 2;
        columns.percent << 100 * static_cast<double>(count) / static_cast<double>(histogram.total());
    }
    return columns;
}

Columns quantizedColumns(const Histogram &histogram, Range limits, const QuantScheme &scheme,
                         double narrowest)
{
    const ScaleZeroPoint params = chooseScale(limits, scheme);
    const QuantLimits grid = limitsOf(scheme);
    const auto step = static_cast<double>(params.scale);
    const int group = std::max(1, static_cast<int>(std::ceil(narrowest / step)));
    std::map<int, double> percents; // groups of neighbouring grid values, counted from zero
    const auto levelOf
        = [&](double value) { return quantize(static_cast<float>(value), params, grid) - params.zeroPoint; };
    const double width = histogram.binWidth();
    for (const Bin &bin : usedBins(histogram)) {
        // Values are taken to be even within a bin, so that bins and grid do not beat against each other.
        const double left = bin.center - width / 2;
        const double right = left + width;
        const std::int32_t last = levelOf(right);
        for (std::int32_t level = levelOf(left); level <= last; ++level) {
            const double from = level == levelOf(left) ? left : (level - 0.5) * step;
            const double to = level == last ? right : (level + 0.5) * step;
            percents[floorDivide(level, group)] += bin.percent * std::max(0.0, to - from) / width;
        }
    }
    Columns columns;
    columns.width = step * group;
    for (const auto &[index, percent] : percents) {
        columns.centers << (static_cast<double>(index) * group + (group - 1) / 2.0) * step;
        columns.percent << percent;
    }
    return columns;
}

} // namespace qs
