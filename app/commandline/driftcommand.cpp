// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/evaluationtext.h"
#include "app/commandline/languagemodel.h"
#include "app/commandline/options.h"

#include "core/base/findingjson.h"
#include "core/evaluation/driftfindings.h"
#include "core/llm/llmstrategy.h"
#include "core/model/modelio.h"

#include <CLI/CLI.hpp>

namespace qs {
namespace {

struct Options
{
    std::string reference;
    std::string quantized;
    std::string data;
    std::string preprocess;
    std::size_t limit = 64;
    int threads = 0;
};

Result<CommandOutput> run(const Options &options, JobContext &job)
{
    const bool isLanguage = isLanguageModel(options.reference);
    if (isLanguage != isLanguageModel(options.quantized))
        return Error {ErrorCode::InvalidArgument, isLanguage ? options.quantized : options.reference,
                      "is no language model, as the other one is"};
    if (isLanguage)
        return compareLanguageModels(options.reference, options.quantized, options.threads, job);
    if (options.data.empty())
        return Error {ErrorCode::InvalidArgument, "--data", "missing"};
    QS_TRY(const ModelPtr reference, loadModel(options.reference, job));
    QS_TRY(const ModelPtr quantized, loadModel(options.quantized, job));
    const ModelPtr models[] = {quantized, reference};
    QS_TRY(const auto preprocessing, choosePreprocessing(options.preprocess, models));
    QS_TRY(const DatasetPtr data,
           openDataset({options.data, options.limit, preprocessing}, reference->graph().inputs(), job));
    const auto engine = makeOnnxRuntimeEngine();
    QS_TRY(const Drift drift,
           measureDrift(*reference, *quantized, *data, *engine, {.threads = options.threads, .alone = true},
                        job));
    CommandOutput output;
    output.json = toJson(drift);
    const std::vector<Finding> findings = driftFindings(drift);
    for (const Finding &finding : findings)
        job.report(finding);
    output.json["findings"] = toJson(findings);
    output.json["data"] = data->description().str();
    output.text = data->description().str() + "\n" + driftText(drift, 0);
    return output;
}

} // namespace

CommandBody setUpDrift(CLI::App &app)
{
    const auto options = std::make_shared<Options>();
    app.add_option("reference", options->reference,
                   "FP32 model, or the original of a language model: Hugging Face folder or GGUF file")
        ->required();
    app.add_option("quantized", options->quantized,
                   "Quantized model; of language models the weights are compared")
        ->required();
    app.add_option("--data", options->data,
                   "Folder of images, .npy, .npz, or 'synthetic'; not for language models");
    app.add_option("--preprocess", options->preprocess,
                   "Preset or JSON file; default: what the models have stored");
    addCountOption(app, "--limit", options->limit,
                   "Use this many samples, spread evenly over classes; 0 = all")
        ->capture_default_str();
    addThreadsOption(app, options->threads);
    checkWhenParsed(app, {takeForLanguageModels(app, options->reference, {"--threads"})});
    return [options](JobContext &job) { return run(*options, job); };
}

} // namespace qs
