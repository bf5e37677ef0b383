// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/tensorcollector.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

/// Of each sample a histogram counts at least so many values, if there are so many.
constexpr std::size_t kEnoughValues = 1U << 14;
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

Result<SampleSummary> TensorCollector::add(const Tensor &tensor, std::size_t sample)
{
    QS_TRY(const Tensor floats, toFloat32(tensor));
    const std::span<const float> x = floats.floats();
    SampleSummary summary;
    if (m_wantsChannels && floats.shape().size() >= 2 && !x.empty())
        addChannels(x, floats.shape(), summary);
    else
        summary.values = summarize(x);
    if (m_histogram) {
        const std::size_t stride = std::clamp<std::size_t>(x.size() / kEnoughValues, 1, m_maxStride);
        m_histogram->add(x, summary.values.extent, {stride, bulkOf(summary.values), sample});
    }
    return summary;
}

void TensorCollector::addChannels(std::span<const float> x, const Shape &shape, SampleSummary &summary)
{
    const auto channels = static_cast<std::size_t>(shape[1]);
    if (m_channels.size() < channels)
        m_channels.resize(channels, kNoRange);
    summary.channelSums.resize(channels);
    summary.channelSumsOfSquares.resize(channels);
    summary.channelCounts.resize(channels);
    std::vector<ValueSummary> slices(channels * static_cast<std::size_t>(shape[0]));
    summarizeSlices(x, slices);
    for (std::size_t i = 0; i < slices.size(); ++i) {
        const std::size_t channel = i % channels;
        widen(m_channels[channel], slices[i].extent);
        summary.channelSums[channel] += slices[i].sum;
        summary.channelSumsOfSquares[channel] += slices[i].sumOfSquares;
        summary.channelCounts[channel] += slices[i].extent.finite;
        summary.values.merge(slices[i]);
    }
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
