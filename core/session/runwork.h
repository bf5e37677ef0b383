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
    std::filesystem::path cacheFolder; ///< for statistics and interrupted trainings; empty = none
    std::function<void(const TrainingHistory &)> watchTraining;
    std::stop_token finishTraining; ///< see TrainingOptions::finish
};

/// A quantized model that was made elsewhere, to compare with the runs.
struct AddRequest
{
    std::string name;
    std::filesystem::path file;
    ModelPtr model; ///< float, as loaded
    ModelPtr prepared; ///< float, whose layers the window shows
    Recipe recipe; ///< of the window: its target, calibration data and preprocessing
    DataSpec evaluationData; ///< as in RunRequest
    std::size_t driftSamples = 64;
    int threads = 0;
};

using PublishRun = std::function<void(RunPtr)>;

/// Quantizes, measures drift, evaluates. \a publish gets the run as it grows: first with the quantized model
/// and its statistics, then with drift; the finished one is returned.
Result<RunPtr> performRun(const RunRequest &request, const InferenceEngine &engine, const PublishRun &publish,
                          JobContext &job);

/// Loads the file, checks it, measures drift and evaluates. The run's plan is read from the file; its recipe
/// is the one that the file has stored, else one with an empty strategy. \a publish as in performRun().
/// Error: a file that is no model, is not quantized, or has other inputs than the float model.
Result<RunPtr> performAdd(const AddRequest &request, const InferenceEngine &engine, const PublishRun &publish,
                          JobContext &job);

} // namespace qs
