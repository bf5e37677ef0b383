// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/valuesummary.h"

#include "core/tensor/vectorize.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

namespace qs {
namespace {

// Vectors of a fixed number of lanes: narrower machines split them, the sums stay the same. Products must not
// be fused with additions for that either (-ffp-contract=off in CMakeLists.txt).
constexpr std::size_t kLanes = 16;
using Floats __attribute__((vector_size(4 * kLanes))) = float;
using Keys __attribute__((vector_size(4 * kLanes))) = std::int32_t;
using Doubles __attribute__((vector_size(8 * kLanes))) = double;
/// Values a lane adds up in float.
constexpr std::size_t kRun = 8;

/// What the lanes hold.
struct Lanes
{
    Keys low;
    Keys high;
    Doubles sum {};
    Doubles squares {};
};

/// Adds up \a Steps vectors.
template <std::size_t Steps> QS_INLINE void addRun(Lanes &lanes, const float *x)
{
    Floats sum {};
    Floats squares {};
    for (std::size_t step = 0; step < Steps; ++step) {
        Floats values;
        Keys bits;
        std::memcpy(&values, x + step * kLanes, sizeof values);
        std::memcpy(&bits, x + step * kLanes, sizeof bits);
        const Keys keys = bits ^ ((bits >> 31) & 0x7FFFFFFF); // sortKey()
        lanes.low = keys < lanes.low ? keys : lanes.low;
        lanes.high = keys > lanes.high ? keys : lanes.high;
        sum += values;
        squares += values * values;
    }
    lanes.sum += __builtin_convertvector(sum, Doubles);
    lanes.squares += __builtin_convertvector(squares, Doubles);
}

/// The lanes combined into \a lanes[0], always in the same order.
template <typename Element, typename Combine>
QS_INLINE void reduce(std::array<Element, kLanes> &lanes, Combine combine)
{
    for (std::size_t i = 0; i < 8; ++i)
        lanes[i] = combine(lanes[i], lanes[i + 8]);
    for (std::size_t i = 0; i < 4; ++i)
        lanes[i] = combine(lanes[i], lanes[i + 4]);
    lanes[0] = combine(combine(lanes[0], lanes[2]), combine(lanes[1], lanes[3]));
}

struct Totals
{
    std::int32_t low;
    std::int32_t high;
    double sum;
    double squares;
};

QS_INLINE Totals totalsOf(const float *x, std::size_t size)
{
    const std::int32_t first = sortKey(x[0]);
    Lanes lanes {.low = Keys {} + first, .high = Keys {} + first};
    std::size_t i = 0;
    for (; i + kRun * kLanes <= size; i += kRun * kLanes)
        addRun<kRun>(lanes, x + i);
    for (; i + kLanes <= size; i += kLanes)
        addRun<1>(lanes, x + i);
    auto low = std::bit_cast<std::array<std::int32_t, kLanes>>(lanes.low);
    auto high = std::bit_cast<std::array<std::int32_t, kLanes>>(lanes.high);
    auto sum = std::bit_cast<std::array<double, kLanes>>(lanes.sum);
    auto squares = std::bit_cast<std::array<double, kLanes>>(lanes.squares);
    reduce(low, [](std::int32_t a, std::int32_t b) { return a < b ? a : b; });
    reduce(high, [](std::int32_t a, std::int32_t b) { return a > b ? a : b; });
    reduce(sum, [](double a, double b) { return a + b; });
    reduce(squares, [](double a, double b) { return a + b; });
    Totals totals {low[0], high[0], sum[0], squares[0]};
    for (; i < size; ++i) {
        const std::int32_t key = sortKey(x[i]);
        totals.low = key < totals.low ? key : totals.low;
        totals.high = key > totals.high ? key : totals.high;
        totals.sum += double(x[i]);
        totals.squares += double(x[i]) * double(x[i]);
    }
    return totals;
}

/// Of \a count slices, each of \a size > 0 values.
QS_VECTORIZE void sumSlices(const float *x, std::size_t size, std::size_t count, Totals *totals)
{
    for (std::size_t slice = 0; slice < count; ++slice)
        totals[slice] = totalsOf(x + slice * size, size);
}

/// What each lane adds up to, over \a count > 0 vectors.
struct LaneTotals
{
    std::array<std::int32_t, kLanes> low;
    std::array<std::int32_t, kLanes> high;
    std::array<double, kLanes> sum;
    std::array<double, kLanes> squares;

    Totals at(std::size_t lane) const { return {low[lane], high[lane], sum[lane], squares[lane]}; }
};

QS_VECTORIZE void sumLanes(const float *x, std::size_t count, LaneTotals &totals)
{
    Lanes lanes {.low = Keys {} + std::numeric_limits<std::int32_t>::max(),
                 .high = Keys {} + std::numeric_limits<std::int32_t>::min()};
    std::size_t i = 0;
    for (; i + kRun <= count; i += kRun)
        addRun<kRun>(lanes, x + i * kLanes);
    for (; i < count; ++i)
        addRun<1>(lanes, x + i * kLanes);
    totals.low = std::bit_cast<std::array<std::int32_t, kLanes>>(lanes.low);
    totals.high = std::bit_cast<std::array<std::int32_t, kLanes>>(lanes.high);
    totals.sum = std::bit_cast<std::array<double, kLanes>>(lanes.sum);
    totals.squares = std::bit_cast<std::array<double, kLanes>>(lanes.squares);
}

Totals merged(const Totals &a, const Totals &b)
{
    return {std::min(a.low, b.low), std::max(a.high, b.high), a.sum + b.sum, a.squares + b.squares};
}

Totals totalsOf(float x)
{
    return {sortKey(x), sortKey(x), double(x), double(x) * double(x)};
}

ValueSummary slowSummary(std::span<const float> x)
{
    ValueSummary summary;
    summary.extent = extentOf(x);
    for (const float v : x) {
        if (std::isfinite(v)) {
            summary.sum += double(v);
            summary.sumOfSquares += double(v) * double(v);
        }
    }
    return summary;
}

} // namespace

void ValueSummary::merge(const ValueSummary &other)
{
    extent.merge(other.extent);
    sum += other.sum;
    sumOfSquares += other.sumOfSquares;
}

namespace {

/// Null where values are not finite, or their squares (beyond 2^64) not in float.
std::optional<ValueSummary> summaryOf(const Totals &totals, std::size_t count)
{
    if (!std::isfinite(totals.sum) || !std::isfinite(totals.squares))
        return std::nullopt;
    // Adding zero turns -0 into 0.
    return ValueSummary {{{fromSortKey(totals.low) + 0.F, fromSortKey(totals.high) + 0.F}, count, 0, 0},
                         totals.sum,
                         totals.squares};
}

} // namespace

ValueSummary summarize(std::span<const float> x)
{
    ValueSummary summary;
    if (!x.empty())
        summarizeSlices(x, {&summary, 1});
    return summary;
}

void summarizeSlices(std::span<const float> x, std::span<ValueSummary> summaries)
{
    const std::size_t size = x.size() / summaries.size();
    std::array<Totals, 64> totals;
    for (; !summaries.empty(); summaries = summaries.subspan(std::min(totals.size(), summaries.size()))) {
        const std::size_t count = std::min(totals.size(), summaries.size());
        sumSlices(x.data(), size, count, totals.data());
        for (std::size_t i = 0; i < count; ++i) {
            const auto summary = summaryOf(totals[i], size);
            summaries[i] = summary ? *summary : slowSummary(x.subspan(i * size, size));
        }
        x = x.subspan(count * size);
    }
}

void summarizeBlock(std::span<const float> x, std::span<ValueSummary> channels)
{
    const std::size_t block = channels.size();
    assert(kLanes % block == 0 && x.size() % block == 0);
    const std::size_t places = x.size() / block;
    const std::size_t vectors = x.size() / kLanes;
    LaneTotals lanes;
    if (vectors > 0)
        sumLanes(x.data(), vectors, lanes);
    for (std::size_t c = 0; c < block && places > 0; ++c) {
        std::optional<Totals> totals;
        const auto add = [&](const Totals &more) { totals = totals ? merged(*totals, more) : more; };
        for (std::size_t lane = c; lane < kLanes && vectors > 0; lane += block)
            add(lanes.at(lane));
        for (std::size_t i = vectors * kLanes + c; i < x.size(); i += block)
            add(totalsOf(x[i]));
        const auto summary = summaryOf(*totals, places);
        if (summary) {
            channels[c] = *summary;
            continue;
        }
        std::vector<float> values;
        for (std::size_t i = c; i < x.size(); i += block)
            values.push_back(x[i]);
        channels[c] = slowSummary(values);
    }
}

} // namespace qs
