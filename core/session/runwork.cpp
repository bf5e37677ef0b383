// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/runwork.h"

#include "core/base/jsontext.h"
#include "core/base/sha256.h"
#include "core/lint/lint.h"
#include "core/model/modelio.h"
#include "core/model/quantizedview.h"
#include "core/run/readplan.h"
#include "core/strategies/strategy.h"

namespace qs {

namespace {

/// What a run is measured with.
struct Measured
{
    DataSpec evaluationData;
    DataSpec calibration; ///< stands in for missing evaluation data
    std::size_t driftSamples = 64;
    int threads = 0;
};

DataSpec measuredData(const Measured &measured, JobContext &job)
{
    DataSpec data = measured.evaluationData;
    if (data.path.empty()) {
        data = measured.calibration;
        if (data.path.empty())
            data.path = "synthetic";
        const bool synthetic = data.path == "synthetic";
        job.report(
            {Severity::Warning, "no-evaluation-data", data.path,
             synthetic
                 ? sentence(QS_TR_NOOP("Sentence",
                                       "measured on synthetic data: the figures say nothing about accuracy"))
                 : sentence(QS_TR_NOOP(
                     "Sentence",
                     "measured on the calibration data: the figures are too good; choose evaluation data"))});
    }
    data.preprocessing = measured.calibration.preprocessing;
    return data;
}

/// Drift, then evaluation of \a run, whose models are there.
Result<RunPtr> measure(Run run, const Measured &measured, const InferenceEngine &engine,
                       const PublishRun &publish, JobContext &job)
{
    const Quantized &quantized = *run.quantized;
    DataSpec data = measuredData(measured, job);
    const std::size_t limit = data.limit;
    if (measured.driftSamples > 0 && (limit == 0 || limit > measured.driftSamples))
        data.limit = measured.driftSamples;
    const std::vector<ValueInfo> &inputs = quantized.source->graph().inputs();
    QS_TRY(const DatasetPtr driftData, openDataset(data, inputs, job));
    // Against the prepared model, whose layers are those of the plan; it computes what the loaded one does.
    QS_TRY(Drift drift,
           measureDrift(*quantized.prepared, *quantized.model, *driftData, engine,
                        {.threads = measured.threads}, job));
    run.drift = std::make_shared<Drift>(std::move(drift));
    publish(std::make_shared<Run>(run));

    data.limit = limit;
    QS_TRY(const DatasetPtr evaluationData, openDataset(data, inputs, job));
    QS_TRY(Evaluation evaluation,
           evaluate(*quantized.model, quantized.source.get(), *evaluationData, engine,
                    {.threads = measured.threads, .latencyOptions = {}}, job));
    run.evaluation = std::make_shared<Evaluation>(std::move(evaluation));
    return RunPtr(std::make_shared<Run>(std::move(run)));
}

/// Where a training of \a request keeps its checkpoint, empty when it does not train: the same for the same
/// model and recipe, so that a run that was interrupted goes on when it is started again.
std::filesystem::path checkpointOf(const RunRequest &request)
{
    const StrategyDescriptor *strategy = builtinStrategies().find(request.recipe.strategy);
    if (request.cacheFolder.empty() || !strategy || !strategy->trains)
        return {};
    Sha256 hash;
    hash.updateField(request.model->fingerprint()).updateField(toJson(request.recipe).dump());
    std::error_code ignored;
    const std::filesystem::path folder = request.cacheFolder / "training";
    std::filesystem::create_directories(folder, ignored);
    return folder / (hash.hexDigest().substr(0, 32) + ".training");
}

/// The recipe that \a model has stored, with the data of \a asked; without one, a recipe that makes nothing.
Recipe recipeOf(const Model &model, const Recipe &asked)
{
    const auto json = parseJson(model.metadata(kRecipeKey).value_or(""));
    auto stored = json.is_discarded() ? Result<Recipe>(Error {}) : recipeFromJson(json);
    Recipe recipe = stored.ok() ? std::move(stored).value() : Recipe {.strategy = {}, .target = asked.target};
    recipe.calibration = asked.calibration;
    return recipe;
}

Status checkAddable(const Model &model, const Model &source)
{
    const std::string name = model.path().filename().string();
    if (!viewQuantized(model).isQuantized())
        return Error {ErrorCode::InvalidArgument, name, "is not quantized"};
    for (const ValueInfo &input : model.graph().inputs()) {
        if (!source.graph().isGraphInput(input.name))
            return Error {ErrorCode::InvalidArgument, name,
                          "has an input '" + input.name
                              + "' that the float model has not; was it made from it?"};
    }
    return Done {};
}

}

Result<RunPtr> performRun(const RunRequest &request, const InferenceEngine &engine, const PublishRun &publish,
                          JobContext &job)
{
    Run run;
    run.name = request.name;
    QuantizeOptions options {
        .threads = request.threads, .cacheFolder = request.cacheFolder, .calibration = {}};
    const std::filesystem::path checkpoint = checkpointOf(request);
    if (!checkpoint.empty())
        removeAbandonedCheckpoints(checkpoint.parent_path(), checkpoint);
    options.training = {.checkpoint = checkpoint,
                        .replacesOther = true, // a file of the cache is nothing to bother the user with
                        .watch = request.watchTraining,
                        .finish = request.finishTraining};
    QS_TRY(run.quantized, quantize(request.model, request.recipe, engine, options, job));
    std::error_code ignored;
    if (run.quantized->training)
        std::filesystem::remove(checkpoint, ignored); // its work is in the run now
    publish(std::make_shared<Run>(run));
    const Measured measured {request.evaluationData, request.recipe.calibration, request.driftSamples,
                             request.threads};
    return measure(std::move(run), measured, engine, publish, job);
}

Result<RunPtr> performAdd(const AddRequest &request, const InferenceEngine &engine, const PublishRun &publish,
                          JobContext &job)
{
    auto quantized = std::make_shared<Quantized>();
    QS_TRY(quantized->model, loadModel(request.file, job));
    QS_CHECK(checkAddable(*quantized->model, *request.model));
    quantized->source = request.model;
    quantized->prepared = request.prepared;
    quantized->recipe = recipeOf(*quantized->model, request.recipe);
    QS_TRY(quantized->plan, readPlan(*request.prepared, *quantized->model));
    for (const NodePlan &node : quantized->plan.nodes)
        ++(node.isQuantized() ? quantized->quantizedNodes : quantized->floatNodes);
    const LintOptions lint {.target = builtinTargets().find(quantized->recipe.target),
                            .engine = &engine,
                            .source = request.model.get()};
    quantized->findings = lintModel(*quantized->model, lint, job);
    Run run;
    run.name = request.name;
    run.quantized = std::move(quantized);
    publish(std::make_shared<Run>(run));
    const Measured measured {request.evaluationData, request.recipe.calibration, request.driftSamples,
                             request.threads};
    return measure(std::move(run), measured, engine, publish, job);
}

} // namespace qs
