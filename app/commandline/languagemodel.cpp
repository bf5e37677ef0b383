// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/languagemodel.h"

#include "app/commandline/options.h"
#include "core/llm/llmstrategy.h"
#include "core/llm/parallel.h"
#include "core/llm/perplexity.h"
#include "core/llm/weightdrift.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>

namespace qs {
namespace {

std::string text(const PerplexityResult &result)
{
    std::string lines = "perplexity  " + formatNumber(result.perplexity, 4) + " ± "
        + formatNumber(result.perplexityError, 4) + "   (" + formatCount(result.scored)
        + " tokens, windows of " + std::to_string(result.context) + ")\n";
    if (!result.divergence)
        return lines;
    const PredictionDivergence &d = *result.divergence;
    lines += "reference   " + formatNumber(std::exp(d.referenceNll), 4) + "\n";
    lines += "KL diverg.  " + formatNumber(d.mean, 6) + " mean, " + formatNumber(d.median, 6) + " median, "
        + formatNumber(d.percentile90, 5) + " at 90 %, " + formatNumber(d.percentile99, 5) + " at 99 %, "
        + formatNumber(d.percentile999, 5) + " at 99.9 %\n";
    lines += "same top    " + formatNumber(100 * d.sameTop.estimate, 2) + " %\n";
    return lines;
}

/// The tensors that are furthest from the reference's.
std::string text(const WeightDrift &drift)
{
    constexpr std::size_t kShown = 3;
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < std::min(kShown, drift.tensors.size()); ++i) {
        const WeightError &error = drift.tensors[i];
        rows.push_back({i == 0 ? "worst      " : "", error.name, error.type,
                        formatNumber(error.relativeError(), 5) + " relative"});
    }
    return formatTable(rows);
}

/// Adds the weights' errors; of another model than \a reference there are none.
void addWeightErrors(CommandOutput &output, const LlmEvaluateRequest &request, JobContext &job)
{
    const ThreadLimit limit(request.threads);
    const auto drift = compareWeights(request.reference, request.model, job);
    if (!drift.ok()) {
        job.report({Severity::Warning, "weights-not-compared", request.model, drift.error().message()});
        return;
    }
    output.json["weights"] = toJson(*drift);
    output.text += text(*drift);
}

} // namespace

ParseCheck takeForLanguageModels(const CLI::App &app, const std::string &model,
                                 std::vector<std::string> names)
{
    return [&app, &model, names = std::move(names)] {
        if (!isLanguageModel(model))
            return;
        for (const CLI::Option *option : app.parse_order()) {
            const std::string name = option->get_name();
            if (name.starts_with("--") && name != "--json"
                && std::find(names.begin(), names.end(), name) == names.end())
                throw CLI::ValidationError(
                    name, "is not for language models, which take " + CLI::detail::join(names, ", "));
        }
    };
}

Result<CommandOutput> quantizeLanguageModel(const LlmQuantizeRequest &request, JobContext &job)
{
    const auto started = std::chrono::steady_clock::now();
    QS_TRY(const LlmStrategyDescriptor *strategy,
           builtinLlmStrategies().require(request.strategy, "strategy"));
    LlmTask task {request.model, request.output, ParamSet(strategy->params), request.calibration,
                  request.threads};
    for (const std::string &setting : request.settings)
        QS_CHECK(task.parameters.parse(setting));
    if (strategy->needsCalibration && request.calibration.empty())
        return Error {ErrorCode::InvalidArgument, "strategy '" + strategy->id + "'",
                      "needs calibration text: --calibration FILE"};
    QS_TRY(const LlmOutcome outcome, strategy->run(task, job));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    CommandOutput output;
    output.json = {{"output", request.output},
                   {"size_bytes", outcome.sizeBytes},
                   {"bits_per_weight", outcome.bitsPerWeight},
                   {"strategy", strategy->id},
                   {"parameters", task.parameters.toJson()},
                   {"seconds", seconds}};
    output.json["tensors"] = nlohmann::json::array();
    for (const LlmTensorOutcome &tensor : outcome.tensors)
        output.json["tensors"].push_back({{"name", tensor.name},
                                          {"type", tensor.type},
                                          {"bits_per_weight", tensor.bitsPerWeight},
                                          {"relative_error", tensor.relativeError}});
    output.text = request.output + "  " + formatBytes(outcome.sizeBytes) + ", "
        + formatNumber(outcome.bitsPerWeight, 2) + " bits a weight, " + formatNumber(seconds, 1) + " s\n";
    return output;
}

Result<CommandOutput> evaluateLanguageModel(const LlmEvaluateRequest &request, JobContext &job)
{
    if (request.text.empty())
        return Error {ErrorCode::InvalidArgument, "--text",
                      "missing: a language model is measured on a text file"};
    QS_TRY(const WeightSourcePtr model, openCheckpoint(request.model));
    WeightSourcePtr reference;
    if (!request.reference.empty()) {
        QS_TRY(reference, openCheckpoint(request.reference));
    }
    QS_TRY(const std::vector<std::int32_t> tokens, tokensOf(request.text, request.model));
    QS_TRY(const PerplexityResult result,
           measurePerplexity(*model, tokens, {.maxWindows = request.limit, .threads = request.threads},
                             reference.get(), job));
    CommandOutput output;
    output.json = toJson(result);
    output.json["model"] = request.model;
    output.json["data"] = request.text;
    output.json["size_bytes"] = model->storedBytes();
    output.text = text(result);
    if (reference)
        addWeightErrors(output, request, job);
    return output;
}

} // namespace qs
