// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/runtime/inferenceengine.h"
#include "core/runtime/latency.h"

#include <nlohmann/json_fwd.hpp>

namespace qs {

/// Share of successes with the Wilson score interval at 95 % (Wilson 1927), all in 0..1.
struct Proportion
{
    std::uint64_t successes = 0;
    std::uint64_t total = 0;
    double value = 0;
    double low = 0;
    double high = 0;

    bool operator==(const Proportion &) const = default;
};
Proportion makeProportion(std::uint64_t successes, std::uint64_t total);

/// Two models on the same samples: exact McNemar test on the samples where just one is right.
struct PairedComparison
{
    std::uint64_t onlyReferenceRight = 0;
    std::uint64_t onlyModelRight = 0;
    double pValue = 1; ///< two-sided; small = the difference is not chance
    double difference = 0; ///< model - reference, 0..1
    double low = 0; ///< 95 % interval of the difference (Newcombe 1998, paired, method 10)
    double high = 0;

    bool operator==(const PairedComparison &) const = default;
};

/// What one sample gave, to find those whose prediction changed.
struct SampleResult
{
    std::string id;
    std::size_t index = 0; ///< in the dataset
    std::optional<std::int64_t> label;
    std::int64_t prediction = -1;
    std::int64_t referencePrediction = -1;
    double sqnrDb = 0; ///< of the first output against the reference; NaN without one

    bool operator==(const SampleResult &) const = default;
};

struct Evaluation
{
    std::uint64_t samples = 0;
    std::uint64_t skipped = 0;
    bool synthetic = false;
    std::optional<Proportion> top1; ///< with labels and an output that can be read as class scores
    std::optional<Proportion> top5;
    std::optional<Proportion> referenceTop1;
    std::optional<PairedComparison> paired;
    std::optional<Proportion> agreement; ///< same arg-max as the reference
    std::optional<double> outputSqnrDb; ///< over all samples of all float outputs, signal power / error power
    std::uint64_t sizeBytes = 0;
    std::uint64_t referenceSizeBytes = 0;
    std::optional<Latency> latency;
    std::optional<Latency> referenceLatency;
    std::vector<SampleResult> results;

    bool operator==(const Evaluation &) const = default;
};

struct EvaluateOptions
{
    int threads = 0;
    bool latency = true;
    LatencyOptions latencyOptions;
};

/// Runs \a model (and \a reference, when given) over \a dataset. Works without labels: agreement and SQNR
/// then.
Result<Evaluation> evaluate(const Model &model, const Model *reference, const Dataset &dataset,
                            const InferenceEngine &engine, const EvaluateOptions &options, JobContext &job);

/// The keys of design section 5, with more; results are left out.
nlohmann::json toJson(const Evaluation &evaluation);

} // namespace qs
