// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/options.h"

#include "core/base/findingjson.h"
#include "core/lint/lint.h"
#include "core/model/modelio.h"
#include "core/plan/recipe.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace qs {
namespace {

struct Options
{
    std::string model;
    std::string target;
    std::string reference;
};

/// The target asked for, else the one the model was made for; empty when neither says.
std::string targetOf(const Options &options, const Model &model)
{
    if (!options.target.empty())
        return options.target;
    const auto stored = model.metadata(kRecipeKey);
    const auto json = nlohmann::json::parse(stored.value_or(""), nullptr, false);
    const auto recipe = json.is_discarded() ? Result<Recipe>(Error {}) : recipeFromJson(json);
    return recipe.ok() && builtinTargets().find(recipe->target) ? recipe->target : std::string();
}

std::size_t countOf(const std::vector<Finding> &findings, Severity severity)
{
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                  [&](const Finding &f) { return f.severity == severity; }));
}

/// "1 error", "2 errors"
std::string counted(std::size_t count, const char *what)
{
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string textOf(const std::vector<Finding> &findings)
{
    std::vector<std::vector<std::string>> rows {{"severity", "finding", "where", "what to do"}};
    for (const Finding &finding : findings)
        rows.push_back({toString(finding.severity), finding.code,
                        finding.subject.empty() ? "the model" : finding.subject, finding.detail.str()});
    return findings.empty() ? std::string() : formatTable(rows) + "\n";
}

Result<CommandOutput> lint(const Options &options, JobContext &job)
{
    QS_TRY(const ModelPtr model, loadModel(options.model, job));
    ModelPtr source;
    if (!options.reference.empty()) {
        QS_TRY(source, loadModel(options.reference, job));
    }
    const std::string targetId = targetOf(options, *model);
    const Target *target = nullptr;
    if (!targetId.empty()) {
        QS_TRY(target, builtinTargets().require(targetId, "target"));
    }
    const auto engine = makeOnnxRuntimeEngine();
    const std::vector<Finding> findings
        = lintModel(*model, {.target = target, .engine = engine.get(), .source = source.get()}, job);
    const std::size_t errors = countOf(findings, Severity::Error);
    const std::size_t warnings = countOf(findings, Severity::Warning);
    const std::size_t notes = countOf(findings, Severity::Info);
    CommandOutput output;
    output.json
        = {{"model", options.model},       {"target", target ? nlohmann::json(targetId) : nlohmann::json()},
           {"runtime", engine->version()}, {"errors", errors},
           {"warnings", warnings},         {"notes", notes},
           {"findings", toJson(findings)}};
    output.text = textOf(findings) + options.model + ": " + counted(errors, "error") + ", "
        + counted(warnings, "warning") + ", " + counted(notes, "note") + "; "
        + (target ? "for target " + targetId : "for any target (--target ID checks more)") + "\n";
    output.isRejected = errors > 0;
    return output;
}

} // namespace

CommandBody setUpLint(CLI::App &app)
{
    const auto options = std::make_shared<Options>();
    app.add_option("model", options->model, "ONNX file, quantized by any tool")->required();
    app.add_option("--target", options->target,
                   "See 'list targets'; default: what the model was made for, if it says so");
    app.add_option("--reference", options->reference, "FP32 model whose inputs and outputs it should have");
    app.footer(
        "Ends with exit code 1 when there are errors, and with 0 when there are warnings or notes only.");
    return [options](JobContext &job) { return lint(*options, job); };
}

} // namespace qs
