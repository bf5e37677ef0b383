// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/inferenceengine.h"

namespace qs {

struct LatencyOptions
{
    int warmup = 5;
    int minRuns = 30;
    double minSeconds = 1.0; ///< goes on past minRuns until this much time was measured for each session
    int maxRuns = 1000;
};

/// Wall time of one run with one sample.
struct Latency
{
    double medianMs = 0;
    double p90Ms = 0;
    double minMs = 0;
    int runs = 0;
    int warmup = 0;
    int threads = 0;

    bool operator==(const Latency &) const = default;
};

/// Times \a sessions in turn, one run each, round after round, so that a machine whose speed drifts treats
/// them alike. \a inputs[i] feeds session i.
Result<std::vector<Latency>> measureLatency(std::span<InferenceSession *const> sessions,
                                            std::span<const std::vector<NamedTensor>> inputs,
                                            const LatencyOptions &options, JobContext &job);

} // namespace qs
