// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/evaluationtext.h"
#include "app/commandline/languagemodel.h"
#include "app/commandline/options.h"

#include "core/base/findingjson.h"
#include "core/evaluation/evaluationfindings.h"
#include "core/llm/llmstrategy.h"
#include "core/model/modelio.h"

#include <CLI/CLI.hpp>

namespace qs {
namespace {

struct Options
{
    std::string model;
    std::string reference;
    std::string data;
    std::string text;
    std::string preprocess;
    std::size_t limit = 0;
    int threads = 0;
    bool noLatency = false;
};

Result<CommandOutput> run(const Options &options, JobContext &job)
{
    if (isLanguageModel(options.model))
        return evaluateLanguageModel(
            {options.model, options.text, options.reference, options.limit, options.threads}, job);
    if (options.data.empty() && !options.text.empty())
        return Error {ErrorCode::Format, options.model,
                      "is no language model: neither a folder with a config.json nor a GGUF file"};
    QS_TRY(const ModelPtr model, loadModel(options.model, job));
    ModelPtr reference;
    if (!options.reference.empty()) {
        QS_TRY(reference, loadModel(options.reference, job));
    }
    const ModelPtr models[] = {model, reference};
    QS_TRY(const auto preprocessing, choosePreprocessing(options.preprocess, models));
    QS_TRY(const DatasetPtr data,
           openDataset({options.data, options.limit, preprocessing}, model->graph().inputs(), job));
    const auto engine = makeOnnxRuntimeEngine();
    QS_TRY(const Evaluation evaluation,
           evaluate(*model, reference.get(), *data, *engine,
                    {.threads = options.threads, .latency = !options.noLatency}, job));
    CommandOutput output;
    output.json = toJson(evaluation);
    const std::vector<Finding> findings = evaluationFindings(evaluation);
    for (const Finding &finding : findings)
        job.report(finding);
    output.json["findings"] = toJson(findings);
    output.json["model"] = options.model;
    output.json["data"] = data->description().str();
    output.text = data->description().str() + "\n" + evaluationText(evaluation);
    return output;
}

} // namespace

CommandBody setUpEvaluate(CLI::App &app)
{
    const auto options = std::make_shared<Options>();
    app.add_option("model", options->model,
                   "ONNX file, or a language model: Hugging Face folder or GGUF file")
        ->required();
    app.add_option("--data", options->data, "Folder of images, .npy, .npz, or 'synthetic'");
    app.add_option("--text", options->text, "Text file, for language models");
    app.add_option("--preprocess", options->preprocess,
                   "Preset or JSON file; default: what the model has stored");
    app.add_option("--reference", options->reference, "FP32 model to compare with, sample by sample");
    addCountOption(app, "--limit", options->limit,
                   "Use this many samples, spread evenly over classes; the first so many windows of a text");
    addThreadsOption(app, options->threads);
    app.add_flag("--no-latency", options->noLatency, "Leave the latency measurement out");
    checkWhenParsed(
        app,
        {requireOneOf({{"--data", &options->data}, {"--text", &options->text}}),
         takeForLanguageModels(app, options->model,
                               {"--text", "--reference", "--limit", "--threads", "--no-latency"})});
    return [options](JobContext &job) { return run(*options, job); };
}

} // namespace qs
