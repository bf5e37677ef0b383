// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/histogram.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace qs {

/// What calibration learnt of one activation tensor. Size does not depend on the number of samples.
struct TensorStatistics
{
    Range extent; ///< smallest and largest finite value of all samples
    Range
        movingAverage; ///< exponential moving average of each sample's extent, factor 0.01 (after the first)
    std::optional<Histogram> histogram;
    /// Extent of each channel (dimension 1) for tensors of rank >= 2; empty when not asked for.
    std::vector<Range> channels;
    std::vector<double> channelMeans; ///< parallel to channels, of the finite values
    std::vector<double> channelMeanSquares;
    double mean = 0; ///< of the finite values
    double meanSquare = 0;
    std::uint64_t count = 0; ///< finite values seen
    std::uint64_t nan = 0;
    std::uint64_t infinite = 0;

    bool operator==(const TensorStatistics &) const = default;
};

/// Result of one calibration pass; immutable and shared.
struct Statistics
{
    std::map<std::string, TensorStatistics> tensors;
    std::size_t samples = 0;
    std::size_t skippedSamples = 0;
    bool synthetic = false;
    std::string fingerprint; ///< of model, data, preprocessing and what was collected

    bool operator==(const Statistics &) const = default;
};
using StatisticsPtr = std::shared_ptr<const Statistics>;

Status saveStatistics(const Statistics &statistics, const std::filesystem::path &path);
/// Error NotFound when there is no such file, Format when it is damaged or its fingerprint is not \a
/// fingerprint.
Result<StatisticsPtr> loadStatistics(const std::filesystem::path &path, const std::string &fingerprint);

} // namespace qs
