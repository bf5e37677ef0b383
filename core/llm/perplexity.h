// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/statisticsmath.h"
#include "core/llm/decoder.h"

namespace qs {

struct PerplexityOptions
{
    /// Tokens of a window; 0 = what the model was made for, at most 2048.
    std::int64_t context = 0;
    std::size_t maxWindows = 0; ///< the first so many; 0 = all
    std::uint64_t activationBytes = std::uint64_t {1} << 30; ///< of the windows that run at a time
    int threads = 0; ///< 0 = all cores
};

/// How the predictions of a model differ from those of a reference, token by token.
struct PredictionDivergence
{
    double referenceNll = 0; ///< mean, nats per token
    double nllDifference = 0; ///< model - reference
    double nllDifferenceError = 0; ///< standard error of the mean of the paired differences
    double mean = 0; ///< Kullback-Leibler divergence of the model from the reference, nats per token
    double meanError = 0; ///< standard error
    double median = 0;
    double percentile90 = 0;
    double percentile95 = 0;
    double percentile99 = 0;
    double percentile999 = 0; ///< 99.9 %
    double maximum = 0;
    Interval sameTop; ///< share of tokens whose likeliest successor is the same, with 95 % interval
    double rmsDeltaP = 0; ///< root mean square of the change of the probability of the true token
};

struct PerplexityResult
{
    std::int64_t tokens = 0; ///< of the text
    std::int64_t scored = 0;
    std::int64_t windows = 0;
    std::int64_t context = 0;
    double nll = 0; ///< mean negative log likelihood, nats per token
    double nllError = 0; ///< standard error: deviation / sqrt(scored)
    double perplexity = 0; ///< exp(nll)
    double perplexityError = 0; ///< perplexity * nllError
    double seconds = 0;
    std::optional<PredictionDivergence> divergence;
};

/// Bytes that a thread takes to score predictions of \a models models beside each other.
std::uint64_t headMemory(const LlmConfig &config, int models);

/// Cuts \a tokens into windows of `context` that follow each other, each run from position 0 on; position i
/// of a window predicts the next token of the text (the last one the first token of the next window), and
/// every prediction counts. A last window that is not full is left out. \a reference is run beside; it must
/// have the same vocabulary.
Result<PerplexityResult> measurePerplexity(const WeightSource &model, std::span<const std::int32_t> tokens,
                                           const PerplexityOptions &options, const WeightSource *reference,
                                           JobContext &job);

/// Mean divergence of the predictions at all positions, nats per token: of \a head behind \a x from those of
/// \a referenceHead behind \a reference, which are what the same windows came to in the last layer.
double meanDivergence(const Head &head, const Activations &x, const Head &referenceHead,
                      const Activations &reference, int threads, JobContext &job);

/// Keys: tokens, scored, windows, context, nll, nll_error, perplexity, perplexity_error, seconds; with a
/// reference reference_nll, reference_perplexity, nll_difference, nll_difference_error, kld_mean,
/// kld_mean_error, kld_median, kld_p90, kld_p95, kld_p99, kld_p99_9, kld_max, same_top, same_top_ci95,
/// rms_delta_p.
nlohmann::json toJson(const PerplexityResult &result);
/// The other way round; throws json::exception.
PerplexityResult perplexityFromJson(const nlohmann::json &json);

} // namespace qs
