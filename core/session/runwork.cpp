// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/runwork.h"

#include "core/model/graphview.h"

namespace qs {

namespace {

DataSpec measuredData(const RunRequest &request, JobContext &job)
{
    DataSpec data = request.evaluationData;
    if (data.path.empty()) {
        data = request.recipe.calibration;
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
    data.preprocessing = request.recipe.calibration.preprocessing;
    return data;
}

}

Result<RunPtr> performRun(const RunRequest &request, const InferenceEngine &engine, const PublishRun &publish,
                          JobContext &job)
{
    Run run;
    run.name = request.name;
    QS_TRY(run.quantized,
           quantize(request.model, request.recipe, engine,
                    {.threads = request.threads, .cacheFolder = request.cacheFolder, .calibration = {}},
                    job));
    publish(std::make_shared<Run>(run));

    DataSpec data = measuredData(request, job);
    const std::size_t limit = data.limit;
    if (request.driftSamples > 0 && (limit == 0 || limit > request.driftSamples))
        data.limit = request.driftSamples;
    const std::vector<ValueInfo> &inputs = request.model->graph().inputs();
    QS_TRY(const DatasetPtr driftData, openDataset(data, inputs, job));
    // Against the prepared model, whose layers are those of the plan; it computes what the loaded one does.
    QS_TRY(Drift drift,
           measureDrift(*run.quantized->prepared, *run.quantized->model, *driftData, engine,
                        {.threads = request.threads}, job));
    run.drift = std::make_shared<Drift>(std::move(drift));
    publish(std::make_shared<Run>(run));

    data.limit = limit;
    QS_TRY(const DatasetPtr evaluationData, openDataset(data, inputs, job));
    QS_TRY(Evaluation evaluation,
           evaluate(*run.quantized->model, request.model.get(), *evaluationData, engine,
                    {.threads = request.threads, .latencyOptions = {}}, job));
    run.evaluation = std::make_shared<Evaluation>(std::move(evaluation));
    return RunPtr(std::make_shared<Run>(std::move(run)));
}

} // namespace qs
