// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/tensorcollector.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

/// Tensors of up to so many values are cheap to count whole, and networks that have no larger ones are small
/// enough to feel what a sample misses.
constexpr std::size_t kFewValues = 1U << 14;
/// Of each sample a histogram of a larger one counts at least so many.
constexpr std::size_t kEnoughValues = 1U << 12;
/// From the mean. Values beyond are few, yet where to clip is decided by them: a share of them decides worse.
constexpr double kTailDeviations = 4;
/// Weight of a new sample in the moving average, as in ONNX Runtime's and PyTorch's observers.
constexpr double kAveragingFactor = 0.01;
constexpr Range kNoRange {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};

void widen(Range &range, const Extent &extent)
{
    if (extent.finite > 0)
        range = {std::min(range.min, extent.range.min), std::max(range.max, extent.range.max)};
}

/// Where all but the tails lie.
Range bulkOf(const ValueSummary &values)
{
    const double count = std::max(1.0, static_cast<double>(values.extent.finite));
    const double mean = values.sum / count;
    const double deviation = std::sqrt(std::max(0.0, values.sumOfSquares / count - mean * mean));
    return {static_cast<float>(mean - kTailDeviations * deviation),
            static_cast<float>(mean + kTailDeviations * deviation)};
}

float average(float old, float value)
{
    return static_cast<float>((1 - kAveragingFactor) * double(old) + kAveragingFactor * double(value));
}

} // namespace

TensorCollector::TensorCollector(const StatRequest &request, std::size_t maxStride)
    : m_wantsChannels(request.channels)
    , m_maxStride(maxStride)
{
    if (request.histogram)
        m_histogram.emplace();
}

Result<SampleSummary> TensorCollector::add(const WatchedValue &value, std::size_t sample)
{
    QS_TRY(const Tensor floats, toFloat32(value.tensor));
    std::span<const float> x = floats.floats();
    SampleSummary summary;
    m_parts.clear();
    if (value.block > 1 && !x.empty())
        addBlocks(x, value, summary);
    else if (m_wantsChannels && floats.shape().size() >= 2 && !x.empty())
        addChannels(x, floats.shape(), summary);
    else
        summary.values = summarize(x);
    if (m_histogram) {
        if (value.block > 1) {
            const std::size_t all = x.size();
            x = withoutFilling(x, value);
            if (x.size() != all)
                m_parts.clear(); // the last ones are shorter now
        }
        const std::size_t stride
            = x.size() <= kFewValues ? 1 : std::clamp<std::size_t>(x.size() / kEnoughValues, 1, m_maxStride);
        m_histogram->add(x, summary.values.extent, {stride, bulkOf(summary.values), sample, m_parts});
    }
    return summary;
}

void TensorCollector::makeRoom(std::size_t channels, SampleSummary &summary)
{
    if (m_channels.size() < channels)
        m_channels.resize(channels, kNoRange);
    summary.channelSums.resize(channels);
    summary.channelSumsOfSquares.resize(channels);
    summary.channelCounts.resize(channels);
}

void TensorCollector::addChannel(std::size_t channel, const ValueSummary &values, SampleSummary &summary)
{
    widen(m_channels[channel], values.extent);
    summary.channelSums[channel] += values.sum;
    summary.channelSumsOfSquares[channel] += values.sumOfSquares;
    summary.channelCounts[channel] += values.extent.finite;
}

void TensorCollector::addChannels(std::span<const float> x, const Shape &shape, SampleSummary &summary)
{
    const auto channels = static_cast<std::size_t>(shape[1]);
    makeRoom(channels, summary);
    std::vector<ValueSummary> slices(channels * static_cast<std::size_t>(shape[0]));
    summarizeSlices(x, slices);
    for (std::size_t i = 0; i < slices.size(); ++i) {
        addChannel(i % channels, slices[i], summary);
        summary.values.merge(slices[i]);
        m_parts.push_back(slices[i].extent.range);
    }
}

void TensorCollector::addBlocks(std::span<const float> x, const WatchedValue &value, SampleSummary &summary)
{
    const auto channels = static_cast<std::size_t>(value.channels);
    const auto block = static_cast<std::size_t>(value.block);
    const std::size_t blocks = static_cast<std::size_t>(value.tensor.shape()[1]) / block;
    const std::size_t images = static_cast<std::size_t>(value.tensor.shape()[0]);
    const std::size_t size = x.size() / (blocks * images);
    if (m_wantsChannels)
        makeRoom(channels, summary);
    std::vector<ValueSummary> lanes(block);
    for (std::size_t i = 0; i < blocks * images; ++i) {
        summarizeBlock(x.subspan(i * size, size), lanes);
        const std::size_t first = i % blocks * block;
        m_parts.push_back(kNoRange);
        for (std::size_t lane = 0; lane < block && first + lane < channels; ++lane) {
            if (m_wantsChannels)
                addChannel(first + lane, lanes[lane], summary);
            summary.values.merge(lanes[lane]);
            widen(m_parts.back(), lanes[lane].extent);
        }
    }
}

/// The values of real channels, block by block.
std::span<const float> TensorCollector::withoutFilling(std::span<const float> x, const WatchedValue &value)
{
    const auto block = static_cast<std::size_t>(value.block);
    const std::size_t blocks = static_cast<std::size_t>(value.tensor.shape()[1]) / block;
    const std::size_t used = static_cast<std::size_t>(value.channels) % block;
    if (used == 0 || x.empty())
        return x;
    const std::size_t size = x.size() / (blocks * static_cast<std::size_t>(value.tensor.shape()[0]));
    m_packed.clear();
    for (std::size_t begin = 0; begin < x.size(); begin += size * blocks) {
        const std::size_t last = begin + size * (blocks - 1);
        m_packed.insert(m_packed.end(), x.begin() + std::ptrdiff_t(begin), x.begin() + std::ptrdiff_t(last));
        for (std::size_t at = last; at < last + size; at += block)
            m_packed.insert(m_packed.end(), x.begin() + std::ptrdiff_t(at),
                            x.begin() + std::ptrdiff_t(at + used));
    }
    return m_packed;
}

void TensorCollector::merge(const TensorCollector &other)
{
    if (m_histogram)
        m_histogram->merge(*other.m_histogram);
    if (m_channels.size() < other.m_channels.size())
        m_channels.resize(other.m_channels.size(), kNoRange);
    for (std::size_t c = 0; c < other.m_channels.size(); ++c) {
        const Range &range = other.m_channels[c];
        m_channels[c] = {std::min(m_channels[c].min, range.min), std::max(m_channels[c].max, range.max)};
    }
}

void TensorCollector::finish(TensorStatistics &statistics)
{
    std::ranges::replace(m_channels, kNoRange, Range {});
    statistics.histogram = std::move(m_histogram);
    statistics.channels = std::move(m_channels);
}

void SummaryReducer::add(const SampleSummary &summary)
{
    const Extent &extent = summary.values.extent;
    if (m_values.extent.finite == 0)
        m_movingAverage = extent.range;
    else if (extent.finite > 0)
        m_movingAverage = {average(m_movingAverage.min, extent.range.min),
                           average(m_movingAverage.max, extent.range.max)};
    m_values.merge(summary.values);
    if (m_channelSums.size() < summary.channelSums.size()) {
        m_channelSums.resize(summary.channelSums.size());
        m_channelSumsOfSquares.resize(summary.channelSums.size());
        m_channelCounts.resize(summary.channelSums.size());
    }
    for (std::size_t c = 0; c < summary.channelSums.size(); ++c) {
        m_channelSums[c] += summary.channelSums[c];
        m_channelSumsOfSquares[c] += summary.channelSumsOfSquares[c];
        m_channelCounts[c] += summary.channelCounts[c];
    }
}

TensorStatistics SummaryReducer::statistics() const
{
    TensorStatistics result;
    result.extent = m_values.extent.range;
    result.movingAverage = m_movingAverage;
    result.count = m_values.extent.finite;
    result.nan = m_values.extent.nan;
    result.infinite = m_values.extent.infinite;
    if (result.count > 0) {
        result.mean = m_values.sum / double(result.count);
        result.meanSquare = m_values.sumOfSquares / double(result.count);
    }
    for (std::size_t c = 0; c < m_channelSums.size(); ++c) {
        const double count = std::max(1.0, static_cast<double>(m_channelCounts[c]));
        result.channelMeans.push_back(m_channelSums[c] / count);
        result.channelMeanSquares.push_back(m_channelSumsOfSquares[c] / count);
    }
    return result;
}

} // namespace qs
