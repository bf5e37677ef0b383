// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/calibration/calibrator.h"
#include "core/calibration/valuesummary.h"
#include "core/runtime/inferenceengine.h"

namespace qs {

/// What one sample says of one tensor, as far as the order of the samples matters to the result.
struct SampleSummary
{
    ValueSummary values;
    std::vector<double> channelSums; ///< of the finite values; empty when not asked for
    std::vector<double> channelSumsOfSquares;
    std::vector<std::uint64_t> channelCounts;
};

/// The parts of a tensor's statistics that come out the same in whatever order samples are added and
/// collectors merged: histogram and channel extents. One a tensor and worker.
class TensorCollector
{
public:
    /// Histograms of large tensors count one value in up to \a maxStride, others with each sample, but all in
    /// the tails.
    TensorCollector(const StatRequest &request, std::size_t maxStride);

    /// \a sample is its number. Error Unsupported when \a value is of no numeric type.
    Result<SampleSummary> add(const WatchedValue &value, std::size_t sample);
    void merge(const TensorCollector &other);
    /// Moves histogram and channels into \a statistics.
    void finish(TensorStatistics &statistics);

private:
    void addChannels(std::span<const float> x, const Shape &shape, SampleSummary &summary);
    void addBlocks(std::span<const float> x, const WatchedValue &value, SampleSummary &summary);
    void makeRoom(std::size_t channels, SampleSummary &summary);
    void addChannel(std::size_t channel, const ValueSummary &values, SampleSummary &summary);
    std::span<const float> withoutFilling(std::span<const float> x, const WatchedValue &value);

    bool m_wantsChannels;
    std::size_t m_maxStride;
    std::optional<Histogram> m_histogram;
    std::vector<Range> m_channels; ///< min > max: no finite value yet
    std::vector<float> m_packed; ///< of withoutFilling()
    std::vector<Range> m_parts; ///< extents of the equal parts of the last value; empty = not known
};

/// Adds up the summaries of a tensor, which must come in the order of the samples.
class SummaryReducer
{
public:
    void add(const SampleSummary &summary);
    TensorStatistics statistics() const;

private:
    ValueSummary m_values;
    Range m_movingAverage;
    std::vector<double> m_channelSums;
    std::vector<double> m_channelSumsOfSquares;
    std::vector<std::uint64_t> m_channelCounts;
};

} // namespace qs
