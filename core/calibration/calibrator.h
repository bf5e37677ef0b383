// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/calibration/statistics.h"
#include "core/data/dataset.h"
#include "core/runtime/inferenceengine.h"

namespace qs {

/// What a strategy wants to know of a tensor.
struct StatRequest
{
    std::string tensor;
    bool histogram = false;
    bool channels = false;

    bool operator==(const StatRequest &) const = default;
};

/// The union: one entry a tensor, in order of first mention.
std::vector<StatRequest> mergeRequests(std::span<const StatRequest> requests);

struct CalibrationOptions
{
    int threads = 0;
    std::filesystem::path cacheFolder; ///< empty = nothing is kept
};

/// Runs \a model over \a dataset once and collects everything asked for. Memory does not grow with the
/// samples. A cached result is returned when its fingerprint matches. NaN or infinity in a tensor is reported
/// as a finding that names the first node, in topological order, that produced it. Error when no sample was
/// usable.
Result<StatisticsPtr> calibrate(const Model &model, const Dataset &dataset,
                                std::span<const StatRequest> requests, const InferenceEngine &engine,
                                const CalibrationOptions &options, JobContext &job);

} // namespace qs
