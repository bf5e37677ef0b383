// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/evaluationtext.h"
#include "app/commandline/experiment.h"
#include "app/commandline/options.h"

#include "core/model/modelio.h"

#include <CLI/CLI.hpp>

namespace qs {
namespace {

struct Options
{
    std::string model;
    std::vector<std::string> recipes;
    std::string calibration;
    std::string evaluation;
    std::string preprocess;
    std::string report;
    std::string cache;
    int threads = 0;
};

Result<CommandOutput> run(const Options &options, JobContext &job)
{
    QS_TRY(const ModelPtr model, loadModel(options.model, job));
    const auto engine = makeOnnxRuntimeEngine();
    const ModelPtr models[] = {model};
    QS_TRY(const auto preprocessing, choosePreprocessing(options.preprocess, models));
    std::vector<RunPtr> runs;
    CommandOutput output;
    output.json["runs"] = nlohmann::json::array();
    std::vector<Recipe> recipes;
    for (const std::string &path : options.recipes) {
        QS_TRY(Recipe recipe, loadRecipe(path));
        if (!options.calibration.empty())
            recipe.calibration.path = options.calibration;
        if (preprocessing)
            recipe.calibration.preprocessing = preprocessing;
        QS_CHECK(checkExperiment({options.evaluation, 0, recipe.calibration.preprocessing}, *model,
                                 options.report, job));
        recipes.push_back(std::move(recipe));
    }
    for (std::size_t i = 0; i < recipes.size(); ++i) {
        const std::string &path = options.recipes[i];
        const Recipe &recipe = recipes[i];
        QS_TRY(const QuantizedPtr result,
               quantize(model, recipe, *engine, {.threads = options.threads, .cacheFolder = options.cache},
                        job));
        const ExperimentOptions experiment {.evaluation
                                            = {options.evaluation, 0, recipe.calibration.preprocessing},
                                            .threads = options.threads};
        QS_TRY(const RunPtr made,
               examine(std::filesystem::path(path).stem().string(), result, experiment, *engine, job));
        CommandOutput figures;
        figures.json = {{"recipe", path}};
        addFigures(figures, *made);
        output.json["runs"].push_back(figures.json);
        output.text += path + "\n" + evaluationText(*made->evaluation) + "\n";
        runs.push_back(made);
    }
    QS_CHECK(addReport(output, runs, options.report));
    return output;
}

} // namespace

CommandBody setUpCompare(CLI::App &app)
{
    const auto options = std::make_shared<Options>();
    app.add_option("model", options->model, "ONNX file, FP32")->required();
    app.add_option("--recipe", options->recipes, "Recipe JSON, once for each run")
        ->required()
        ->expected(1)
        ->take_all();
    app.add_option("--calibration", options->calibration, "Calibration data for all recipes");
    app.add_option("--evaluation", options->evaluation, "Data to measure accuracy and drift on")->required();
    app.add_option("--preprocess", options->preprocess,
                   "Preset or JSON file; default: what the model has stored");
    app.add_option("--report", options->report, "Folder for the report")->required();
    app.add_option("--cache", options->cache,
                   "Folder that keeps calibration statistics, shared by the recipes");
    addThreadsOption(app, options->threads);
    return [options](JobContext &job) { return run(*options, job); };
}

} // namespace qs
