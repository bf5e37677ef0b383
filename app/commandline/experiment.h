// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commandline/command.h"
#include "core/run/run.h"

#include <span>

namespace qs {

struct ExperimentOptions
{
    DataSpec evaluation; ///< empty path: the calibration data, without labels being held out
    int threads = 0;
};

/// Before the work starts, what would end it late: \a evaluation that cannot be opened for \a model (an empty
/// path is not looked at), a \a report folder that cannot be written to (likewise).
Status checkExperiment(const DataSpec &evaluation, const Model &model, const std::string &report,
                       JobContext &job);

/// Evaluates \a quantized against its source and measures drift (on at most 64 of the samples).
Result<RunPtr> examine(const std::string &name, const QuantizedPtr &quantized,
                       const ExperimentOptions &options, const InferenceEngine &engine, JobContext &job);

/// Measures for about a second whether \a quantized is faster than its source, where this machine has the
/// kernels its target means. Adds "latency_ms" and "reference_latency_ms", medians, and a finding when it is
/// not.
Status addSpeed(CommandOutput &output, const Quantized &quantized, int threads, const InferenceEngine &engine,
                JobContext &job);

/// Adds "evaluation" and "drift" to the JSON and the figures with the worst layers to the text.
void addFigures(CommandOutput &output, const Run &run);

/// Writes the report on \a runs into \a folder and says in \a output where it is.
Status addReport(CommandOutput &output, std::span<const RunPtr> runs, const std::string &folder);

} // namespace qs
