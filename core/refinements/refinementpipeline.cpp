// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/refinements/refinementpipeline.h"

#include "core/data/datasetsubset.h"
#include "core/evaluation/errorsums.h"
#include "core/refinements/rescaling.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace qs {
namespace {

/// Enough to see whether a refinement broke the model; calibration itself sees them all.
constexpr std::size_t kCheckedSamples = 4;
/// Reordered float sums stay above.
constexpr double kRoundingDb = 80;
/// The error is as large as a tenth of the signal: more than 8 bits cost.
constexpr double kDamagedDb = 20;

std::vector<const RefinementDescriptor *> wanted(const RefinementRegistry &refinements,
                                                 const ParamSet &parameters, bool ofModel)
{
    std::vector<const RefinementDescriptor *> chosen;
    for (const RefinementDescriptor &refinement : refinements.all()) {
        const std::string &key = refinement.params.front().key;
        if (static_cast<bool>(refinement.rescale) == ofModel && parameters.contains(key)
            && parameters.flag(key))
            chosen.push_back(&refinement);
    }
    std::stable_sort(chosen.begin(), chosen.end(), [](auto *a, auto *b) { return a->order < b->order; });
    return chosen;
}

/// Runs \a work and puts what it took into a new report.
template <typename Work>
Status record(const RefinementDescriptor &refinement, std::vector<PassReport> &reports, JobContext &job,
              Work work)
{
    job.throwIfStopped();
    job.progress(refinement.id, 0, 0);
    const auto started = std::chrono::steady_clock::now();
    PassReport report {refinement.id, 0, 0, {}};
    if (const Status status = work(report); !status.ok())
        return Error {status.error().code, "refinement " + refinement.id, status.error().message()};
    report.milliseconds
        = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    reports.push_back(std::move(report));
    return Done {};
}

/// Signal over error of the float outputs, in decibels.
Result<double> outputSqnr(const Model &before, const Model &after, const RefinementInput &input,
                          JobContext &job)
{
    QS_TRY(const DatasetPtr all, input.data());
    const DatasetPtr data = someSamples(all, kCheckedSamples);
    QS_TRY(const auto first, input.engine.open(before, {.threads = input.options.threads}));
    QS_TRY(const auto second, input.engine.open(after, {.threads = input.options.threads}));
    ErrorSums sums;
    SampleReader reader(*data, job);
    while (true) {
        QS_TRY(const auto next, reader.next());
        if (!next)
            return sums.sqnrDb();
        QS_TRY(const auto x, first->run(next->second.inputs, job));
        QS_TRY(const auto y, second->run(next->second.inputs, job));
        for (std::size_t i = 0; i < x.size(); ++i) {
            if (x[i].type() == DType::Float32 && x[i].size() == y[i].size())
                sums.add(x[i].floats(), y[i].floats());
        }
    }
}

Finding changeFinding(double sqnrDb)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", sqnrDb);
    return {sqnrDb < kDamagedDb ? Severity::Warning : Severity::Info,
            "model-changed-by-refinement",
            {},
            sentence(QS_TR_NOOP("Sentence", "the float model's outputs changed before quantizing (%1 dB)"),
                     {text})};
}

} // namespace

Result<RefinedModel> refineModel(const RefinementInput &input, const RefinementRegistry &refinements,
                                 std::vector<PassReport> &reports, JobContext &job)
{
    RefinedModel refined {input.model, input.shapes, {}};
    for (const RefinementDescriptor *refinement : wanted(refinements, input.parameters, true)) {
        QS_CHECK(record(*refinement, reports, job, [&](PassReport &report) -> Status {
            const RefinementInput current {refined.model, refined.shapes,   input.target,
                                           input.recipe,  input.parameters, input.engine,
                                           input.data,    input.options,    nullptr};
            QS_TRY(const std::vector<Rescale> rescales, refinement->rescale(current, report, job));
            if (rescales.empty())
                return Done {};
            QS_TRY(refined.model, applyRescales(refined.model, rescales));
            refined.rescales.insert(refined.rescales.end(), rescales.begin(), rescales.end());
            refined.shapes = inferShapes(*refined.model, &input.engine, job);
            return Done {};
        }));
    }
    if (refined.rescales.empty())
        return refined;
    QS_TRY(const double sqnrDb, outputSqnr(*input.model, *refined.model, input, job));
    if (sqnrDb < kRoundingDb)
        reports.back().findings.push_back(changeFinding(sqnrDb));
    return refined;
}

Status refinePlan(Plan &plan, const RefinementInput &input, const RefinementRegistry &refinements,
                  std::vector<PassReport> &reports, JobContext &job)
{
    for (const RefinementDescriptor *refinement : wanted(refinements, input.parameters, false)) {
        QS_CHECK(record(*refinement, reports, job,
                        [&](PassReport &report) { return refinement->refine(plan, input, report, job); }));
    }
    return Done {};
}

} // namespace qs
