// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/histogram.h"

#include "core/tensor/histogramwindow.h"
#include "core/tensor/pickvalues.h"
#include "core/tensor/vectorize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

namespace qs {
namespace {

constexpr std::size_t kChunk = 2048;
/// Of values next to each other that are sampled together: a cache line, and short beside a channel.
constexpr std::size_t kPiece = 16;
/// From here on the fixed cost of the scratch counters is worth paying.
constexpr std::size_t kManyValues = 4096;

/// Counts of one call in four copies: two equal values in a row must not wait for each other's store. They
/// would overflow at 2^32 values in one call, a tensor of 16 GiB.
class Scratch
{
public:
    void count(const std::uint16_t *bins, std::size_t size)
    {
        std::size_t i = 0;
        for (; i + 4 <= size; i += 4) {
            std::uint64_t four = 0; // one load for four bins
            std::memcpy(&four, bins + i, sizeof four);
            ++m_lanes[0][four & 0xFFFF];
            ++m_lanes[1][four >> 16 & 0xFFFF];
            ++m_lanes[2][four >> 32 & 0xFFFF];
            ++m_lanes[3][four >> 48];
        }
        for (; i < size; ++i)
            ++m_lanes[0][bins[i]];
    }

    void moveTo(std::vector<std::uint64_t> &counts, std::uint64_t weight)
    {
        addLanes(m_lanes[0].data(), counts.data(), weight);
        m_lanes = {};
    }

private:
    static QS_VECTORIZE void addLanes(const std::uint32_t *__restrict lanes, std::uint64_t *__restrict counts,
                                      std::uint64_t weight)
    {
        constexpr std::size_t n = Histogram::kBins;
        for (std::size_t i = 0; i < n; ++i)
            counts[i] += weight * (lanes[i] + lanes[i + n] + lanes[i + 2 * n] + lanes[i + 3 * n]);
    }

    alignas(64) std::array<std::array<std::uint32_t, Histogram::kBins>, 4> m_lanes {};
};

QS_INLINE void findBlock(const float *__restrict x, std::uint16_t *__restrict bins, float factor,
                         std::int32_t firstBin)
{
    for (std::size_t i = 0; i < kVectorBlock; ++i)
        bins[i] = static_cast<std::uint16_t>(binOf(x[i], factor) - firstBin);
}

/// Places in the window of \a size values, rounded up to whole blocks (both arrays are that long).
QS_VECTORIZE void findBins(const float *x, std::size_t size, float factor, std::int32_t firstBin,
                           std::uint16_t *bins)
{
    for (std::size_t i = 0; i < size; i += kVectorBlock)
        findBlock(x + i, bins + i, factor, firstBin);
}

/// The finite values of \a chunk, padded in \a buffer to whole blocks.
std::span<const float> finitePart(std::span<const float> chunk, std::uint64_t finite, std::span<float> buffer)
{
    if (finite == chunk.size() && chunk.size() % kVectorBlock == 0)
        return chunk;
    const auto end
        = std::copy_if(chunk.begin(), chunk.end(), buffer.begin(), [](float v) { return std::isfinite(v); });
    const auto size = static_cast<std::size_t>(end - buffer.begin());
    const std::size_t padded = (size + kVectorBlock - 1) / kVectorBlock * kVectorBlock;
    std::fill(end, buffer.begin() + static_cast<std::ptrdiff_t>(padded), 0.F);
    return buffer.first(size);
}

/// Numbers that look random: the generator of Knuth's MMIX, of which the upper bits are good.
class Places
{
public:
    explicit Places(std::uint64_t seed)
        : m_state((seed + 1) * 0x9E3779B97F4A7C15)
    { }
    std::size_t below(std::size_t end)
    {
        m_state = m_state * 6364136223846793005 + 1442695040888963407;
        return static_cast<std::size_t>(m_state >> 33) % end;
    }

private:
    std::uint64_t m_state;
};

} // namespace

void Histogram::cover(Range range)
{
    const Range extent
        = isEmpty() ? range : Range {std::min(m_extent.min, range.min), std::max(m_extent.max, range.max)};
    const HistogramWindow window = HistogramWindow::around(extent);
    if (isEmpty()) {
        m_counts.assign(kBins, 0);
    } else if (window != HistogramWindow {m_exponent, m_firstBin}) {
        std::vector<std::uint64_t> counts(kBins, 0);
        for (int i = 0; i < kBins; ++i) {
            if (const std::uint64_t n = m_counts[static_cast<std::size_t>(i)]; n > 0)
                counts[static_cast<std::size_t>(window.position(m_firstBin + i, m_exponent))] += n;
        }
        m_counts = std::move(counts);
    }
    m_exponent = window.exponent;
    m_firstBin = window.firstBin;
    m_extent = extent;
}

/// Counts the values of one call of add() and hands them over at its end.
class Histogram::Counter
{
public:
    Counter(Histogram &histogram, std::size_t values, std::uint64_t weight = 1)
        : m_histogram(histogram)
        , m_weight(weight)
    {
        if (values >= kManyValues)
            m_scratch.emplace();
    }
    ~Counter() { flush(); }

    void cover(Range range)
    {
        if (!m_histogram.isEmpty() && range.min >= m_histogram.m_extent.min
            && range.max <= m_histogram.m_extent.max)
            return;
        flush();
        m_histogram.cover(range);
    }

    /// The \a finite finite values of \a chunk, at most kChunk, which cover() has made room for.
    void count(std::span<const float> chunk, std::uint64_t finite)
    {
        chunk = finitePart(chunk, finite, m_buffer);
        findBins(chunk.data(), chunk.size(), std::ldexp(1.F, -m_histogram.m_exponent),
                 static_cast<std::int32_t>(m_histogram.m_firstBin), m_bins.data());
        m_histogram.m_total += m_weight * chunk.size();
        if (m_scratch) {
            m_scratch->count(m_bins.data(), chunk.size());
        } else {
            for (std::size_t i = 0; i < chunk.size(); ++i)
                m_histogram.m_counts[m_bins[i]] += m_weight;
        }
    }

private:
    void flush()
    {
        if (m_scratch && !m_histogram.isEmpty())
            m_scratch->moveTo(m_histogram.m_counts, m_weight);
    }

    Histogram &m_histogram;
    const std::uint64_t m_weight;
    std::optional<Scratch> m_scratch;
    alignas(64) std::array<float, kChunk> m_buffer;
    alignas(64) std::array<std::uint16_t, kChunk> m_bins;
};

Extent Histogram::add(std::span<const float> x)
{
    Extent all;
    Counter counter(*this, x.size());
    for (; !x.empty(); x = x.subspan(std::min(kChunk, x.size()))) {
        const std::span<const float> chunk = x.first(std::min(kChunk, x.size()));
        const Extent extent = extentOf(chunk);
        all.merge(extent);
        if (extent.finite == 0)
            continue;
        counter.cover(extent.range);
        counter.count(chunk, extent.finite);
    }
    return all;
}

void Histogram::add(std::span<const float> x, const Extent &extent, const HistogramSampling &sampling)
{
    if (extent.finite == 0)
        return;
    if (sampling.stride == 1 || extent.finite != x.size()) {
        Counter counter(*this, x.size());
        counter.cover(extent.range);
        for (; !x.empty(); x = x.subspan(std::min(kChunk, x.size()))) {
            const std::span<const float> chunk = x.first(std::min(kChunk, x.size()));
            counter.count(chunk, extent.finite == x.size() ? chunk.size() : extentOf(chunk).finite);
        }
        return;
    }
    addBulk(x, extent.range, sampling);
    addEnds(extent.range, sampling.bulk);
    if (extent.range.min < sampling.bulk.min || extent.range.max > sampling.bulk.max)
        addTails(x, sampling);
}

void Histogram::addBulk(std::span<const float> x, Range extent, const HistogramSampling &sampling)
{
    Counter counter(*this, x.size() / sampling.stride, sampling.stride);
    counter.cover(extent);
    constexpr std::size_t kPieces = kChunk / kPiece;
    std::array<std::size_t, kPieces> starts;
    std::array<float, kChunk + kPickSlack> values;
    Places places(sampling.seed);
    const std::size_t step = sampling.stride * kPiece;
    for (std::size_t start = 0; start < x.size();) {
        // All places first, so that what is there comes from memory side by side.
        std::size_t pieces = 0;
        for (; pieces < kPieces && start < x.size(); start += step) {
            const std::size_t first = start + places.below(sampling.stride) * kPiece;
            if (first >= x.size())
                continue;
            __builtin_prefetch(x.data() + first);
            starts[pieces++] = first;
        }
        std::size_t filled = 0;
        for (std::size_t i = 0; i < pieces; ++i)
            filled += pickInside(x.data() + starts[i], std::min(kPiece, x.size() - starts[i]), sampling.bulk,
                                 values.data() + filled);
        counter.count(std::span(values).first(filled), filled);
    }
}

/// The extremes where they are not in the tails, so that the counts reach as far as the extent whatever the
/// sample left out.
void Histogram::addEnds(Range extent, Range bulk)
{
    const std::array<float, 2> ends {extent.min, extent.max};
    std::array<float, 2 + kPickSlack> inside;
    const std::size_t count = pickInside(ends.data(), ends.size(), bulk, inside.data());
    Counter(*this, 0).count(std::span(inside).first(count), count);
}

void Histogram::addTails(std::span<const float> x, const HistogramSampling &sampling)
{
    constexpr std::size_t kStep = 512; // values looked through at a time
    Counter counter(*this, 0);
    std::array<float, kChunk + kPickSlack> tails;
    std::size_t filled = 0;
    const auto hand = [&] {
        counter.count(std::span(tails).first(filled), filled);
        filled = 0;
    };
    const auto pickFrom = [&](std::span<const float> part) {
        for (; !part.empty(); part = part.subspan(std::min(kStep, part.size()))) {
            filled += pickOutside(part.data(), std::min(kStep, part.size()), sampling.bulk,
                                  tails.data() + filled);
            if (filled + kStep > kChunk)
                hand();
        }
    };
    const std::size_t size = sampling.parts.empty() ? x.size() : x.size() / sampling.parts.size();
    for (std::size_t i = 0; i * size < x.size(); ++i) {
        const Range part = sampling.parts.empty() ? m_extent : sampling.parts[i];
        if (part.min < sampling.bulk.min || part.max > sampling.bulk.max)
            pickFrom(x.subspan(i * size, size));
    }
    hand();
}

void Histogram::merge(const Histogram &other)
{
    if (other.isEmpty())
        return;
    cover(other.m_extent);
    const HistogramWindow window {m_exponent, m_firstBin};
    for (int i = 0; i < kBins; ++i) {
        if (const std::uint64_t n = other.m_counts[static_cast<std::size_t>(i)]; n > 0)
            m_counts[static_cast<std::size_t>(window.position(other.m_firstBin + i, other.m_exponent))] += n;
    }
    m_total += other.m_total;
}

double Histogram::binWidth() const
{
    return std::ldexp(1.0, m_exponent);
}

double Histogram::edge(int index) const
{
    return std::ldexp(double(m_firstBin + index), m_exponent);
}

double Histogram::lowerEdge() const
{
    return edge(0);
}

} // namespace qs
