// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/perplexity.h"

#include "core/llm/floatmath.h"
#include "core/llm/parallel.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace qs {
namespace {

/// Rows whose scores are in memory at a time, in each thread.
constexpr std::int64_t kHeadRows = 64;
constexpr std::int64_t kUsualContext = 2048;

struct TokenScore
{
    float nll;
    float referenceNll;
    float divergence;
    float deltaP;
    bool isSameTop;
};

/// Turns scores into log probabilities, in place; returns the index of the largest.
std::size_t logSoftmax(std::span<float> scores, std::vector<float> &scratch)
{
    const float largest = maximum(scores);
    scratch.assign(scores.begin(), scores.end());
    for (float &value : scratch)
        value -= largest;
    expInPlace(scratch);
    double sum = 0;
    for (const float value : scratch)
        sum += double(value);
    const auto shift = static_cast<float>(double(largest) + std::log(sum));
    const auto top
        = static_cast<std::size_t>(std::find(scores.begin(), scores.end(), largest) - scores.begin());
    for (float &value : scores)
        value -= shift;
    return std::min(top, scores.size() - 1); // nothing is the largest where all are NaN
}

/// sum p (log p - log q) with p the reference's; \a scratch takes p.
double divergenceOf(std::span<const float> logP, std::span<const float> logQ, std::vector<float> &scratch)
{
    scratch.assign(logP.begin(), logP.end());
    expInPlace(scratch);
    double sum = 0;
    for (std::size_t i = 0; i < logP.size(); ++i)
        sum += double(scratch[i]) * double(logP[i] - logQ[i]);
    return std::max(sum, 0.0); // it cannot be negative, only its rounding can
}

struct Scorer
{
    const Head &head;
    const Head *referenceHead;

    /// Scores of the positions of one window; \a targets are the tokens to be predicted.
    void score(const Matrix &x, const Matrix *reference, std::span<const std::int32_t> targets,
               TokenScore *scores) const
    {
        Matrix logits;
        Matrix referenceLogits;
        Matrix scratch;
        std::vector<float> exponentials;
        const auto count = static_cast<std::int64_t>(targets.size());
        for (std::int64_t first = 0; first < count; first += kHeadRows) {
            const std::int64_t rows = std::min(kHeadRows, count - first);
            head.logits(x, first, rows, logits, scratch);
            if (reference)
                referenceHead->logits(*reference, first, rows, referenceLogits, scratch);
            for (std::int64_t row = 0; row < rows; ++row) {
                const auto target = static_cast<std::size_t>(targets[static_cast<std::size_t>(first + row)]);
                TokenScore &score = scores[first + row];
                const std::span<float> logQ = logits.rowSpan(row);
                const std::size_t top = logSoftmax(logQ, exponentials);
                score = {-logQ[target], 0, 0, 0, true};
                if (!reference)
                    continue;
                const std::span<float> logP = referenceLogits.rowSpan(row);
                score.isSameTop = logSoftmax(logP, exponentials) == top;
                score.referenceNll = -logP[target];
                score.divergence = static_cast<float>(divergenceOf(logP, logQ, exponentials));
                score.deltaP = std::exp(logQ[target]) - std::exp(logP[target]);
            }
        }
    }
};

struct Mean
{
    double mean = 0;
    double error = 0; ///< standard error
};

template <typename Value> Mean meanOf(const std::vector<TokenScore> &scores, Value value)
{
    const auto n = static_cast<double>(scores.size());
    double sum = 0;
    for (const TokenScore &score : scores)
        sum += value(score);
    const double mean = sum / n;
    double squares = 0;
    for (const TokenScore &score : scores)
        squares += (value(score) - mean) * (value(score) - mean);
    return {mean, n > 1 ? std::sqrt(squares / (n - 1) / n) : 0};
}

PredictionDivergence summarize(const std::vector<TokenScore> &scores)
{
    PredictionDivergence result;
    result.referenceNll = meanOf(scores, [](const TokenScore &s) { return double(s.referenceNll); }).mean;
    const Mean difference
        = meanOf(scores, [](const TokenScore &s) { return double(s.nll) - double(s.referenceNll); });
    result.nllDifference = difference.mean;
    result.nllDifferenceError = difference.error;
    const Mean divergence = meanOf(scores, [](const TokenScore &s) { return double(s.divergence); });
    result.mean = divergence.mean;
    result.meanError = divergence.error;
    std::vector<float> sorted;
    std::uint64_t same = 0;
    double squares = 0;
    for (const TokenScore &score : scores) {
        sorted.push_back(score.divergence);
        same += score.isSameTop ? 1 : 0;
        squares += double(score.deltaP) * double(score.deltaP);
    }
    std::sort(sorted.begin(), sorted.end());
    const auto percentile = [&](double share) {
        const auto index = static_cast<std::size_t>(share * double(sorted.size() - 1) + 0.5);
        return double(sorted[index]);
    };
    result.median = percentile(0.5);
    result.percentile90 = percentile(0.9);
    result.percentile95 = percentile(0.95);
    result.percentile99 = percentile(0.99);
    result.percentile999 = percentile(0.999);
    result.maximum = double(sorted.back());
    result.sameTop = wilsonInterval(same, scores.size());
    result.rmsDeltaP = std::sqrt(squares / double(scores.size()));
    return result;
}

Status checkInputs(const WeightSource &model, std::span<const std::int32_t> tokens, std::int64_t context,
                   const WeightSource *reference)
{
    const LlmConfig &config = model.config();
    if (context < 2 || context > config.maxPositions)
        return Error {ErrorCode::InvalidArgument, model.name(),
                      "windows of " + std::to_string(context) + " tokens; 2 to "
                          + std::to_string(config.maxPositions) + " are possible"};
    if (static_cast<std::int64_t>(tokens.size()) < context)
        return Error {ErrorCode::InvalidArgument, "text",
                      "has " + std::to_string(tokens.size()) + " tokens, one window takes "
                          + std::to_string(context)};
    if (reference && reference->config().vocabulary != config.vocabulary)
        return Error {ErrorCode::InvalidArgument, reference->name(),
                      "has another vocabulary than " + model.name()};
    return checkTokens(model, tokens);
}

} // namespace

std::uint64_t headMemory(const LlmConfig &config, int models)
{
    const std::int64_t floats = (kHeadRows * models + 1) * config.vocabulary + 2 * kHeadRows * config.hidden;
    return static_cast<std::uint64_t>(floats) * sizeof(float);
}

Result<PerplexityResult> measurePerplexity(const WeightSource &model, std::span<const std::int32_t> tokens,
                                           const PerplexityOptions &options, const WeightSource *reference,
                                           JobContext &job)
{
    const auto start = std::chrono::steady_clock::now();
    const ThreadLimit limit(options.threads);
    const LlmConfig &config = model.config();
    const std::int64_t context
        = options.context > 0 ? options.context : std::min(config.maxPositions, kUsualContext);
    QS_CHECK(checkInputs(model, tokens, context, reference));
    const auto size = static_cast<std::size_t>(context);
    std::size_t windows = tokens.size() / size;
    if (options.maxWindows > 0)
        windows = std::min(windows, options.maxWindows);
    const std::size_t scored
        = std::min(windows * size, tokens.size() - 1); // the text's last token predicts nothing
    std::vector<TokenScore> scores(scored);
    const std::size_t batch = windowsFor(config, context, options.activationBytes / (reference ? 2 : 1));
    const auto batches = static_cast<std::int64_t>((windows + batch - 1) / batch);
    const std::int64_t perBatch = config.layers + (reference ? reference->config().layers : 0) + 1;
    for (std::size_t first = 0; first < windows; first += batch) {
        const std::size_t count = std::min(batch, windows - first);
        const std::int64_t done = static_cast<std::int64_t>(first / batch) * perBatch;
        const std::int64_t total = batches * perBatch;
        const auto part = tokens.subspan(first * size, count * size);
        QS_TRY(Activations x, embed(model, part, context));
        QS_CHECK(runLayers(model, x, job, options.threads, "evaluate", done, total));
        Activations y;
        std::optional<Head> referenceHead;
        if (reference) {
            QS_TRY(y, embed(*reference, part, context));
            QS_CHECK(runLayers(*reference, y, job, options.threads, "evaluate", done + config.layers, total));
            QS_TRY(referenceHead, Head::load(*reference));
        }
        job.progress("evaluate", done + perBatch - 1, total);
        QS_TRY(const Head head, Head::load(model));
        const Scorer scorer {head, referenceHead ? &*referenceHead : nullptr};
        parallelFor(
            count,
            [&](std::size_t i) {
                job.throwIfStopped();
                const std::size_t at = (first + i) * size;
                const auto targets = tokens.subspan(at + 1, std::min(size, tokens.size() - 1 - at));
                scorer.score(x[i], reference ? &y[i] : nullptr, targets, &scores[at]);
            },
            options.threads);
    }
    PerplexityResult result;
    result.tokens = static_cast<std::int64_t>(tokens.size());
    result.scored = static_cast<std::int64_t>(scored);
    result.windows = static_cast<std::int64_t>(windows);
    result.context = context;
    const Mean nll = meanOf(scores, [](const TokenScore &s) { return double(s.nll); });
    result.nll = nll.mean;
    result.nllError = nll.error;
    result.perplexity = std::exp(nll.mean);
    result.perplexityError = result.perplexity * nll.error;
    if (!std::isfinite(result.nll))
        return Error {ErrorCode::Runtime, model.name(), "gives probabilities that are no numbers"};
    if (reference)
        result.divergence = summarize(scores);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

double meanDivergence(const Head &head, const Activations &x, const Head &referenceHead,
                      const Activations &reference, int threads, JobContext &job)
{
    std::vector<std::vector<TokenScore>> scores(x.size());
    const Scorer scorer {head, &referenceHead};
    parallelFor(
        x.size(),
        [&](std::size_t i) {
            job.throwIfStopped();
            const std::vector<std::int32_t> anything(static_cast<std::size_t>(x[i].rows), 0);
            scores[i].resize(anything.size());
            scorer.score(x[i], &reference[i], anything, scores[i].data());
        },
        threads);
    std::vector<TokenScore> all;
    for (const auto &window : scores)
        all.insert(all.end(), window.begin(), window.end());
    return all.empty() ? 0.0 : meanOf(all, [](const TokenScore &s) { return double(s.divergence); }).mean;
}

nlohmann::json toJson(const PerplexityResult &result)
{
    nlohmann::json json {{"tokens", result.tokens},
                         {"scored", result.scored},
                         {"windows", result.windows},
                         {"context", result.context},
                         {"nll", result.nll},
                         {"nll_error", result.nllError},
                         {"perplexity", result.perplexity},
                         {"perplexity_error", result.perplexityError},
                         {"seconds", result.seconds}};
    if (result.divergence) {
        const PredictionDivergence &d = *result.divergence;
        json.update({{"reference_nll", d.referenceNll},
                     {"reference_perplexity", std::exp(d.referenceNll)},
                     {"nll_difference", d.nllDifference},
                     {"nll_difference_error", d.nllDifferenceError},
                     {"kld_mean", d.mean},
                     {"kld_mean_error", d.meanError},
                     {"kld_median", d.median},
                     {"kld_p90", d.percentile90},
                     {"kld_p95", d.percentile95},
                     {"kld_p99", d.percentile99},
                     {"kld_p99_9", d.percentile999},
                     {"kld_max", d.maximum},
                     {"same_top", d.sameTop.estimate},
                     {"same_top_ci95", {d.sameTop.low, d.sameTop.high}},
                     {"rms_delta_p", d.rmsDeltaP}});
    }
    return json;
}

PerplexityResult perplexityFromJson(const nlohmann::json &json)
{
    PerplexityResult result;
    json.at("tokens").get_to(result.tokens);
    json.at("scored").get_to(result.scored);
    json.at("windows").get_to(result.windows);
    json.at("context").get_to(result.context);
    json.at("nll").get_to(result.nll);
    json.at("nll_error").get_to(result.nllError);
    json.at("perplexity").get_to(result.perplexity);
    json.at("perplexity_error").get_to(result.perplexityError);
    json.at("seconds").get_to(result.seconds);
    if (!json.contains("kld_mean"))
        return result;
    PredictionDivergence &d = result.divergence.emplace();
    json.at("reference_nll").get_to(d.referenceNll);
    json.at("nll_difference").get_to(d.nllDifference);
    json.at("nll_difference_error").get_to(d.nllDifferenceError);
    json.at("kld_mean").get_to(d.mean);
    json.at("kld_mean_error").get_to(d.meanError);
    json.at("kld_median").get_to(d.median);
    json.at("kld_p90").get_to(d.percentile90);
    json.at("kld_p95").get_to(d.percentile95);
    json.at("kld_p99").get_to(d.percentile99);
    json.at("kld_p99_9").get_to(d.percentile999);
    json.at("kld_max").get_to(d.maximum);
    json.at("same_top").get_to(d.sameTop.estimate);
    json.at("same_top_ci95").at(0).get_to(d.sameTop.low);
    json.at("same_top_ci95").at(1).get_to(d.sameTop.high);
    json.at("rms_delta_p").get_to(d.rmsDeltaP);
    return result;
}

} // namespace qs
