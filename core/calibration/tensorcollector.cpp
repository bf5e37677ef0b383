// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/tensorcollector.h"

#include "core/calibration/moments.h"

#include <algorithm>

namespace qs {
namespace {

/// A piece that stays in the second-level cache from one pass over it to the next.
constexpr std::size_t kPiece = 1U << 16;
/// Weight of a new sample in the moving average, as in ONNX Runtime's and PyTorch's observers.
constexpr double kAveragingFactor = 0.01;
constexpr Range kNoRange {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};

void widen(Range &range, const Extent &extent)
{
    if (extent.finite > 0)
        range = {std::min(range.min, extent.range.min), std::max(range.max, extent.range.max)};
}

float average(float old, float value)
{
    return static_cast<float>((1 - kAveragingFactor) * double(old) + kAveragingFactor * double(value));
}

} // namespace

TensorCollector::TensorCollector(const StatRequest &request)
    : m_wantsChannels(request.channels)
{
    if (request.histogram)
        m_histogram.emplace();
}

Result<SampleSummary> TensorCollector::add(const Tensor &tensor)
{
    QS_TRY(const Tensor floats, toFloat32(tensor));
    SampleSummary summary;
    if (m_wantsChannels && floats.shape().size() >= 2 && floats.size() > 0)
        addChannels(floats.floats(), floats.shape(), summary);
    else
        addFlat(floats.floats(), summary);
    return summary;
}

void TensorCollector::addFlat(std::span<const float> x, SampleSummary &summary)
{
    for (; !x.empty(); x = x.subspan(std::min(kPiece, x.size()))) {
        const std::span<const float> piece = x.first(std::min(kPiece, x.size()));
        const Extent extent = m_histogram ? m_histogram->add(piece) : extentOf(piece);
        const Moments moments = momentsOf(piece, extent.finite == piece.size());
        summary.extent.merge(extent);
        summary.sum += moments.sum;
        summary.sumOfSquares += moments.sumOfSquares;
    }
}

/// Whole slices, each of one channel, make up a piece; what they say of it is not worked out again.
void TensorCollector::addChannels(std::span<const float> x, const Shape &shape, SampleSummary &summary)
{
    const auto channels = static_cast<std::size_t>(shape[1]);
    if (m_channels.size() < channels)
        m_channels.resize(channels, kNoRange);
    summary.channelSums.resize(channels);
    summary.channelCounts.resize(channels);
    const std::size_t inner = x.size() / channels / static_cast<std::size_t>(shape[0]);
    const std::size_t piece = std::max<std::size_t>(1, kPiece / inner) * inner;
    std::size_t channel = 0;
    for (; !x.empty(); x = x.subspan(std::min(piece, x.size()))) {
        const std::span<const float> slices = x.first(std::min(piece, x.size()));
        Extent all;
        for (std::size_t i = 0; i < slices.size(); i += inner, channel = (channel + 1) % channels) {
            const std::span<const float> slice = slices.subspan(i, inner);
            const Extent extent = extentOf(slice);
            const Moments moments = momentsOf(slice, extent.finite == inner);
            widen(m_channels[channel], extent);
            all.merge(extent);
            summary.channelSums[channel] += moments.sum;
            summary.channelCounts[channel] += extent.finite;
            summary.sum += moments.sum;
            summary.sumOfSquares += moments.sumOfSquares;
        }
        summary.extent.merge(all);
        if (m_histogram)
            m_histogram->add(slices, all);
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
    const Range range = summary.extent.range;
    if (m_extent.finite == 0)
        m_movingAverage = range;
    else if (summary.extent.finite > 0)
        m_movingAverage = {average(m_movingAverage.min, range.min), average(m_movingAverage.max, range.max)};
    m_extent.merge(summary.extent);
    m_sum += summary.sum;
    m_sumOfSquares += summary.sumOfSquares;
    if (m_channelSums.size() < summary.channelSums.size()) {
        m_channelSums.resize(summary.channelSums.size());
        m_channelCounts.resize(summary.channelSums.size());
    }
    for (std::size_t c = 0; c < summary.channelSums.size(); ++c) {
        m_channelSums[c] += summary.channelSums[c];
        m_channelCounts[c] += summary.channelCounts[c];
    }
}

TensorStatistics SummaryReducer::statistics() const
{
    TensorStatistics result;
    result.extent = m_extent.range;
    result.movingAverage = m_movingAverage;
    result.count = m_extent.finite;
    result.nan = m_extent.nan;
    result.infinite = m_extent.infinite;
    if (result.count > 0) {
        result.mean = m_sum / double(result.count);
        result.meanSquare = m_sumOfSquares / double(result.count);
    }
    for (std::size_t c = 0; c < m_channelSums.size(); ++c)
        result.channelMeans.push_back(
            m_channelCounts[c] > 0 ? m_channelSums[c] / static_cast<double>(m_channelCounts[c]) : 0);
    return result;
}

} // namespace qs
