// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/experiment.h"
#include "app/commandline/languagemodel.h"
#include "app/commandline/options.h"

#include "core/base/atomicfile.h"
#include "core/base/findingjson.h"
#include "core/base/samefile.h"
#include "core/llm/llmstrategy.h"
#include "core/model/modelio.h"
#include "core/report/trainingtext.h"
#include "core/strategies/strategy.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace qs {
namespace {

struct Options
{
    std::string model;
    std::string output;
    std::string recipe;
    std::string strategy;
    std::vector<std::string> targets; ///< one file each
    std::string calibration;
    std::size_t samples = 0;
    std::string training;
    std::size_t trainingSamples = 0;
    bool resume = false;
    std::string preprocess;
    std::vector<std::string> settings;
    std::vector<std::string> exclude;
    std::string evaluation;
    std::size_t evaluationLimit = 0;
    std::string report;
    std::string cache;
    bool measuresSpeed = true;
    int threads = 0;
};

/// The recipe file, where one is given, with the options on top.
Result<Recipe> makeRecipe(const Options &options, const ModelPtr &model, const std::string &target)
{
    Recipe recipe;
    if (!options.recipe.empty()) {
        QS_TRY(recipe, loadRecipe(options.recipe));
    }
    if (!options.strategy.empty())
        recipe.strategy = options.strategy;
    if (!target.empty())
        recipe.target = target;
    QS_TRY(const StrategyDescriptor *strategy, builtinStrategies().require(recipe.strategy, "strategy"));
    QS_TRY(ParamSet parameters,
           ParamSet::fromJson(strategy->params,
                              recipe.parameters.is_null() ? nlohmann::json::object() : recipe.parameters));
    for (const std::string &setting : options.settings)
        QS_CHECK(parameters.parse(setting));
    recipe.parameters = parameters.toJson();
    if (!options.calibration.empty())
        recipe.calibration.path = options.calibration;
    if (options.samples > 0)
        recipe.calibration.limit = options.samples;
    if (!options.training.empty() && !strategy->trains)
        return Error {ErrorCode::InvalidArgument, "--training",
                      "strategy '" + recipe.strategy + "' does not train"};
    if (!options.training.empty())
        recipe.training.path = options.training;
    if (options.trainingSamples > 0)
        recipe.training.limit = options.trainingSamples;
    if (!options.preprocess.empty() || !recipe.calibration.preprocessing) {
        const ModelPtr models[] = {model};
        QS_TRY(recipe.calibration.preprocessing, choosePreprocessing(options.preprocess, models));
    }
    recipe.exclude.insert(recipe.exclude.end(), options.exclude.begin(), options.exclude.end());
    return recipe;
}

nlohmann::json resultJson(const std::string &path, const Quantized &result)
{
    nlohmann::json json {{"output", path},
                         {"size_bytes", result.model->sizeBytes()},
                         {"source_size_bytes", result.source->sizeBytes()},
                         {"strategy", result.recipe.strategy},
                         {"target", result.recipe.target},
                         {"seconds", result.seconds},
                         {"quantized_nodes", result.quantizedNodes},
                         {"float_nodes", result.floatNodes},
                         {"findings", toJson(result.findings)},
                         {"recipe", toJson(result.recipe)}};
    if (const auto &statistics = result.statistics)
        json["calibration"] = {{"samples", statistics->samples},
                               {"skipped", statistics->skippedSamples},
                               {"synthetic", statistics->synthetic}};
    if (result.training)
        json["training"] = toJson(*result.training);
    return json;
}

std::string calibrationText(const Statistics &statistics)
{
    return "calibrated on " + std::to_string(statistics.samples) + (statistics.synthetic ? " synthetic" : "")
        + " samples"
        + (statistics.skippedSamples > 0
               ? ", " + std::to_string(statistics.skippedSamples) + " damaged ones skipped"
               : "")
        + "\n";
}

std::string resultText(const std::string &path, const Quantized &result)
{
    const auto size = static_cast<double>(result.model->sizeBytes());
    return path + "  " + formatBytes(result.model->sizeBytes()) + " ("
        + formatNumber(size / static_cast<double>(result.source->sizeBytes()), 3) + " of FP32), "
        + std::to_string(result.quantizedNodes) + " nodes in integers, " + std::to_string(result.floatNodes)
        + " in float, " + formatNumber(result.seconds, 1) + " s\n"
        + (result.statistics ? calibrationText(*result.statistics) : "")
        + (result.training ? "training: " + trainingText(*result.training) + "\n" : std::string());
}

/// "net.onnx", "tensorrt" → "net.tensorrt.onnx"
std::string pathFor(const std::string &output, const std::string &target)
{
    const std::filesystem::path path(output);
    return (path.parent_path() / (path.stem().string() + "." + target + path.extension().string())).string();
}

struct Export
{
    std::string path;
    Recipe recipe;
};

/// What to make: one file, or one for each of several targets. Checked before the work starts, not after.
Result<std::vector<Export>> planExports(const Options &options, const ModelPtr &model)
{
    std::vector<Export> exports;
    const std::vector<std::string> targets
        = options.targets.empty() ? std::vector<std::string> {std::string()} : options.targets;
    for (const std::string &target : targets) {
        QS_TRY(Recipe recipe, makeRecipe(options, model, target));
        QS_CHECK(builtinTargets().require(recipe.target, "target"));
        exports.push_back(
            {targets.size() > 1 ? pathFor(options.output, target) : options.output, std::move(recipe)});
        QS_CHECK(refuseToReplace(options.model, exports.back().path));
        QS_TRY(const AtomicFile probe, AtomicFile::create(exports.back().path)); // leaves nothing behind
    }
    return exports;
}

DataSpec evaluationOf(const Options &options, const Export &wanted)
{
    return {options.evaluation, options.evaluationLimit, wanted.recipe.calibration.preprocessing};
}

std::string checkpointOf(const Export &wanted)
{
    return wanted.path + ".training";
}

/// Who asks to go on must not start from the beginning because of a wrong name.
Status checkResumable(const std::vector<Export> &exports)
{
    const auto isThere = [](const Export &wanted) { return std::filesystem::exists(checkpointOf(wanted)); };
    if (std::ranges::any_of(exports, isThere))
        return Done {};
    return Error {ErrorCode::NotFound, checkpointOf(exports.front()),
                  "is not there, so there is nothing to go on with; leave out --resume to start"};
}

Result<CommandOutput> run(const Options &options, JobContext &job)
{
    if (isLanguageModel(options.model)) {
        QS_CHECK(refuseToReplace(options.model, options.output));
        return quantizeLanguageModel({options.model, options.output, options.strategy, options.settings,
                                      options.calibration, options.threads},
                                     job);
    }
    QS_TRY(const ModelPtr model, loadModel(options.model, job));
    QS_TRY(const std::vector<Export> exports, planExports(options, model));
    for (const Export &wanted : exports)
        QS_CHECK(checkExperiment(evaluationOf(options, wanted), *model, options.report, job));
    if (options.resume)
        QS_CHECK(checkResumable(exports));
    const auto engine = makeOnnxRuntimeEngine();
    CommandOutput output;
    std::vector<RunPtr> runs;
    for (const Export &wanted : exports) {
        QuantizeOptions how {.threads = options.threads, .cacheFolder = options.cache};
        how.training.checkpoint = checkpointOf(wanted);
        QS_TRY(const QuantizedPtr result, quantize(model, wanted.recipe, *engine, how, job));
        QS_CHECK(saveModel(*result->model, wanted.path, {}, job));
        std::error_code ignored;
        if (result->training)
            std::filesystem::remove(how.training.checkpoint, ignored); // its work is in the model now
        CommandOutput one;
        one.json = resultJson(wanted.path, *result);
        one.text = resultText(wanted.path, *result);
        if (!options.report.empty() || !options.evaluation.empty()) {
            const ExperimentOptions experiment {.evaluation = evaluationOf(options, wanted),
                                                .threads = options.threads};
            QS_TRY(const RunPtr made, examine(wanted.path, result, experiment, *engine, job));
            addFigures(one, *made);
            runs.push_back(made);
        } else if (options.measuresSpeed) {
            QS_CHECK(addSpeed(one, *result, options.threads, *engine, job));
        }
        if (exports.size() == 1)
            output.json = std::move(one.json);
        else
            output.json["exports"].push_back(std::move(one.json));
        output.text += one.text;
    }
    if (!options.report.empty())
        QS_CHECK(addReport(output, runs, options.report));
    return output;
}

} // namespace

CommandBody setUpQuantize(CLI::App &app)
{
    const auto options = std::make_shared<Options>();
    app.add_option("model", options->model,
                   "ONNX file, FP32; or a language model: Hugging Face folder or GGUF file")
        ->required();
    app.add_option("-o,--output", options->output, "File to write")
        ->required()
        ->check([](const std::string &path) { return path.empty() ? "the name is empty" : std::string(); });
    app.add_option("--strategy", options->strategy, "See 'list strategies'");
    app.add_option("--target", options->targets,
                   "See 'list targets'; default onnxruntime-cpu. Several, comma-separated, give a file each: "
                   "net.onnx becomes net.tensorrt.onnx and so on")
        ->delimiter(',');
    app.add_option("--calibration", options->calibration,
                   "Folder of images, .npy, .npz, or 'synthetic'; for language models a text file");
    addCountOption(app, "--samples", options->samples,
                   "Calibrate with this many samples, spread evenly over classes");
    app.add_option("--training", options->training,
                   "Data to train on (strategy qat): folder of images, .npy or .npz; default: the "
                   "calibration data");
    addCountOption(app, "--training-samples", options->trainingSamples,
                   "Train on this many samples, spread evenly over classes");
    app.add_flag("--resume", options->resume,
                 "Only go on with an interrupted training: an error where OUTPUT.training is not there. "
                 "Without this option too, training goes on from it; language models always do");
    app.add_option("--preprocess", options->preprocess,
                   "Preset or JSON file; default: what the model has stored");
    app.add_option("--set", options->settings, "KEY=VALUE of the strategy")->expected(1)->take_all();
    app.add_option("--exclude", options->exclude,
                   "Keep layers float whose name matches this regular expression")
        ->expected(1)
        ->take_all();
    app.add_option("--recipe", options->recipe, "Recipe JSON; options given beside it win");
    app.add_option("--evaluation", options->evaluation, "Data to measure accuracy and drift on");
    addCountOption(app, "--evaluation-limit", options->evaluationLimit, "Use this many evaluation samples");
    app.add_option("--report", options->report, "Folder for an HTML, JSON, CSV and Markdown report");
    app.add_flag("!--no-latency", options->measuresSpeed,
                 "Do not measure whether the model is faster than the float one");
    app.add_option("--cache", options->cache, "Folder that keeps calibration statistics for the next time");
    addThreadsOption(app, options->threads);
    checkWhenParsed(app,
                    {requireOneOf({{"--strategy", &options->strategy}, {"--recipe", &options->recipe}}),
                     takeForLanguageModels(
                         app, options->model,
                         {"--output", "--strategy", "--calibration", "--set", "--threads", "--resume"})});
    return [options](JobContext &job) { return run(*options, job); };
}

} // namespace qs
