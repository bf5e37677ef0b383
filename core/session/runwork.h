// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"

namespace qs {

/// What the Run button asks for, as one value.
struct RunRequest
{
    std::string name;
    ModelPtr model;
    Recipe recipe;
    /// Empty path: measured on the calibration data, or on synthetic data without any; said in a finding.
    DataSpec evaluationData;
    std::size_t driftSamples = 64; ///< 0 = all
    int threads = 0;
    std::filesystem::path cacheFolder; ///< for statistics; empty = none
};

using PublishRun = std::function<void(RunPtr)>;

/// Quantizes, measures drift, evaluates. \a publish gets the run as it grows: first with the quantized model
/// and its statistics, then with drift; the finished one is returned.
Result<RunPtr> performRun(const RunRequest &request, const InferenceEngine &engine, const PublishRun &publish,
                          JobContext &job);

} // namespace qs
