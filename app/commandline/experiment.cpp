// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/experiment.h"

#include "app/commandline/evaluationtext.h"
#include "app/commandline/options.h"
#include "core/base/findingjson.h"
#include "core/evaluation/evaluationfindings.h"
#include "core/report/report.h"
#include "core/run/speedcomparison.h"
#include "core/targets/hostcpu.h"
#include "core/targets/target.h"

namespace qs {
namespace {

constexpr std::size_t kDriftSamples = 64;
constexpr std::size_t kWorstLayers = 5;

} // namespace

Status checkExperiment(const DataSpec &evaluation, const Model &model, const std::string &report,
                       JobContext &job)
{
    if (!evaluation.path.empty()) {
        JobContext quiet = job.withSinks({}, {}); // what there is to say of the data is said when it is used
        QS_CHECK(openDataset(evaluation, model.graph().inputs(), quiet));
    }
    return report.empty() ? Status(Done {}) : checkReportFolder(report);
}

Result<RunPtr> examine(const std::string &name, const QuantizedPtr &quantized,
                       const ExperimentOptions &options, const InferenceEngine &engine, JobContext &job)
{
    const auto &inputs = quantized->source->graph().inputs();
    DataSpec spec = options.evaluation;
    if (spec.path.empty()) {
        spec = quantized->recipe.calibration;
        if (spec.path.empty())
            spec.path = "synthetic";
        job.report({Severity::Warning,
                    "evaluated-on-calibration",
                    {},
                    "figures are of the calibration data; give evaluation data for honest ones"});
    }
    QS_TRY(const DatasetPtr data, openDataset(spec, inputs, job));
    auto run = std::make_shared<Run>();
    run->name = name;
    run->quantized = quantized;
    QS_TRY(Evaluation evaluation,
           evaluate(*quantized->model, quantized->source.get(), *data, engine, {.threads = options.threads},
                    job));
    run->evaluation = std::make_shared<const Evaluation>(std::move(evaluation));
    if (spec.limit == 0 || spec.limit > kDriftSamples)
        spec.limit = kDriftSamples;
    QS_TRY(const DatasetPtr fewer, openDataset(spec, inputs, job));
    QS_TRY(Drift drift,
           measureDrift(*quantized->source, *quantized->model, *fewer, engine, {.threads = options.threads},
                        job));
    run->drift = std::make_shared<const Drift>(std::move(drift));
    for (const Finding &finding : measuredFindings(*run))
        job.report(finding);
    return RunPtr(run);
}

Status addSpeed(CommandOutput &output, const Quantized &quantized, int threads, const InferenceEngine &engine,
                JobContext &job)
{
    const Target *target = builtinTargets().find(quantized.recipe.target);
    if (!target || !target->runsOnX86 || !hostCpu().isX86)
        return Done {};
    QS_TRY(const SpeedComparison speed, compareSpeed(quantized, engine, threads, job));
    output.json["latency_ms"] = speed.quantized.medianMs;
    output.json["reference_latency_ms"] = speed.reference.medianMs;
    output.text += formatNumber(speed.quantized.medianMs, 2) + " ms a run, "
        + formatNumber(speed.quantized.medianMs / speed.reference.medianMs, 2) + " of FP32 ("
        + std::to_string(speed.quantized.threads) + " threads)\n";
    const auto slower = slowerThanFloat(speed.quantized, speed.reference);
    if (!slower)
        return Done {};
    job.report(*slower);
    output.json["findings"].push_back(toJson({*slower}).front());
    return Done {};
}

void addFigures(CommandOutput &output, const Run &run)
{
    output.json["evaluation"] = toJson(*run.evaluation);
    output.json["drift"] = toJson(*run.drift);
    output.json["findings"] = toJson(findingsOf(run));
    output.text += evaluationText(*run.evaluation) + "\nworst layers\n" + driftText(*run.drift, kWorstLayers);
}

Status addReport(CommandOutput &output, std::span<const RunPtr> runs, const std::string &folder)
{
    QS_CHECK(writeReport(runs, folder));
    output.json["report"] = folder + "/index.html";
    output.text += "report  " + folder + "/index.html\n";
    return Done {};
}

} // namespace qs
