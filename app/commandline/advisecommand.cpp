// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/options.h"

#include "core/advisor/advice.h"
#include "core/llm/checkpointadvice.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/llmstrategy.h"
#include "core/model/modelio.h"
#include "core/plan/recipe.h"
#include "core/runtime/inferenceengine.h"

#include <CLI/CLI.hpp>

namespace qs {
namespace {

struct Options
{
    std::string model;
    std::string target = Recipe().target;
    Wish wish;
};

nlohmann::json lines(const std::vector<Text> &texts)
{
    nlohmann::json list = nlohmann::json::array();
    for (const Text &text : texts)
        list.push_back(text.str());
    return list;
}

std::string bullets(const std::string &title, const std::vector<Text> &texts)
{
    std::string result;
    for (const Text &text : texts)
        result += "  - " + text.str() + "\n";
    return result.empty() ? result : title + "\n" + result;
}

/// The options of 'quantize' that \a advice comes to, and the words; \a where is the option for the target.
CommandOutput outputOf(const std::string &model, const Advice &advice, const std::string &where)
{
    CommandOutput output;
    output.json = {{"model", model},
                   {"strategy", advice.strategy},
                   {"parameters", advice.parameters},
                   {"ready_made", advice.isReadyMade},
                   {"reasons", lines(advice.reasons)},
                   {"if_not_enough", lines(advice.ifNotEnough)}};
    std::string settings;
    for (const auto &[key, value] : advice.parameters.items())
        settings += " --set " + key + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
    if (!advice.strategy.empty())
        output.text = "--strategy " + advice.strategy + where + settings + "\n";
    output.text += bullets("Because", advice.reasons) + bullets("If that is not enough", advice.ifNotEnough);
    return output;
}

Result<CommandOutput> adviseLanguageModel(const Options &options, JobContext &job)
{
    QS_TRY(const CheckpointView view, viewCheckpoint(options.model));
    const auto header = unchangedGgufHeader(options.model, job);
    CommandOutput output = outputOf(options.model, adviseCheckpoint(view, header.get(), options.wish), {});
    const CheckpointSizes sizes = sizesOf(view, header.get());
    output.json["size_bytes"] = view.byteSize;
    output.json["sizes"] = {{"gguf", sizes.gguf}, {"awq", sizes.awq}, {"nf4", sizes.nf4}};
    return output;
}

Result<CommandOutput> run(const Options &options, JobContext &job)
{
    if (isLanguageModel(options.model))
        return adviseLanguageModel(options, job);
    QS_TRY(const Target *target, builtinTargets().require(options.target, "target"));
    QS_TRY(const ModelPtr model, loadModel(options.model, job));
    const auto engine = makeOnnxRuntimeEngine();
    const ModelFacts facts = factsOf(*model, inferShapes(*model, engine.get(), job));
    const Advice advice = advise(facts, *target, options.wish);
    CommandOutput output = outputOf(options.model, advice, " --target " + advice.target);
    output.json["target"] = advice.target;
    return output;
}

} // namespace

CommandBody setUpAdvise(CLI::App &app)
{
    const auto options = std::make_shared<Options>();
    app.add_option("model", options->model,
                   "ONNX file, FP32; or a language model: Hugging Face folder or GGUF file")
        ->required();
    app.add_option("--target", options->target, "See 'list targets'")->capture_default_str();
    app.add_flag("--labels", options->wish.hasLabels, "There are labelled samples to measure accuracy with");
    app.add_flag("--training", options->wish.mayTrain, "There are time and data for fine-tuning");
    app.add_flag("--cross-platform", options->wish.crossPlatform, "One file for several kinds of machines");
    app.add_flag("--gpu", options->wish.onGpu, "Language models: they will be served on GPUs");
    app.add_flag("!--no-tuning", options->wish.mayTune, "Rather open a model that is quantized already");
    app.add_flag("!--no-calibration", options->wish.hasCalibration, "There are no typical samples");
    app.add_option("--largest-drop", options->wish.largestDrop, "Points of accuracy that may be lost")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 100.0));
    return [options](JobContext &job) { return run(*options, job); };
}

} // namespace qs
