// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/options.h"

#include "core/advisor/advice.h"
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

Result<CommandOutput> run(const Options &options, JobContext &job)
{
    QS_TRY(const Target *target, builtinTargets().require(options.target, "target"));
    QS_TRY(const ModelPtr model, loadModel(options.model, job));
    const auto engine = makeOnnxRuntimeEngine();
    const ModelFacts facts = factsOf(*model, inferShapes(*model, engine.get(), job));
    const Advice advice = advise(facts, *target, options.wish);
    CommandOutput output;
    output.json = {{"model", options.model},           {"target", target->id},
                   {"strategy", advice.strategy},      {"parameters", advice.parameters},
                   {"reasons", lines(advice.reasons)}, {"if_not_enough", lines(advice.ifNotEnough)}};
    std::string settings;
    for (const auto &[key, value] : advice.parameters.items())
        settings += " --set " + key + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
    if (!advice.strategy.empty())
        output.text = "--strategy " + advice.strategy + " --target " + target->id + settings + "\n";
    output.text += bullets("Because", advice.reasons) + bullets("If that is not enough", advice.ifNotEnough);
    return output;
}

} // namespace

CommandBody setUpAdvise(CLI::App &app)
{
    const auto options = std::make_shared<Options>();
    app.add_option("model", options->model, "ONNX file, FP32")->required();
    app.add_option("--target", options->target, "See 'list targets'")->capture_default_str();
    app.add_flag("--labels", options->wish.hasLabels, "There are labelled samples to measure accuracy with");
    app.add_flag("--training", options->wish.mayTrain, "There are time and data for fine-tuning");
    app.add_flag("!--no-calibration", options->wish.hasCalibration, "There are no typical samples");
    app.add_option("--largest-drop", options->wish.largestDrop, "Points of accuracy that may be lost")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 100.0));
    return [options](JobContext &job) { return run(*options, job); };
}

} // namespace qs
