// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/figures.h"

#include "core/report/text.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

constexpr double kSignificant = 0.05; // conventional level of the McNemar test

std::string interval(const Proportion &p)
{
    return "95 % CI " + fixed(p.low * 100, 2) + " to " + percent(p.high);
}

std::string ratioNote(double reference, double value, const char *less, const char *more)
{
    if (!(reference > 0) || !(value > 0))
        return {};
    return value <= reference ? fixed(reference / value, 2) + " × " + less
                              : fixed(value / reference, 2) + " × " + more;
}

std::string count(std::uint64_t n, const char *noun)
{
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

Figure changeFigure(const Evaluation &evaluation, const PairedComparison &paired)
{
    Figure figure {"Change from float", percentagePoints(paired.difference), {}, false, evaluation.synthetic};
    figure.isBad = paired.difference < 0 && paired.pValue < kSignificant;
    figure.note = "95 % CI " + percentagePoints(paired.low) + " to " + percentagePoints(paired.high)
        + "; McNemar " + pValue(paired.pValue) + (paired.pValue < kSignificant ? "" : ", may be chance")
        + "; only float right " + std::to_string(paired.onlyReferenceRight) + ", only quantized right "
        + std::to_string(paired.onlyModelRight);
    return figure;
}

Figure latencyFigure(const Latency &latency, const std::optional<Latency> &reference)
{
    Figure figure {"Latency", fixed(latency.medianMs, 2) + " ms", {}, false, false};
    if (reference)
        figure.note
            = ratioNote(reference->medianMs, latency.medianMs, "faster than float", "slower than float")
            + " (" + fixed(reference->medianMs, 2) + " ms); ";
    figure.note += "median, p90 " + fixed(latency.p90Ms, 2) + " ms, "
        + count(static_cast<std::uint64_t>(latency.threads), "thread") + ", "
        + count(static_cast<std::uint64_t>(latency.runs), "run");
    figure.isBad = reference && latency.medianMs > reference->medianMs;
    return figure;
}

Figure driftFigure(const Drift &drift)
{
    const auto worst
        = std::min_element(drift.layers.begin(), drift.layers.end(), [](const auto &a, const auto &b) {
              return a.accumulated.sqnrDb < b.accumulated.sqnrDb;
          });
    return {"Worst layer", fixed(worst->accumulated.sqnrDb, 1) + " dB",
            "SQNR of " + worst->name + " over " + count(drift.sampleIds.size(), "sample"), false,
            drift.synthetic};
}

void addEvaluation(std::vector<Figure> &figures, const Evaluation &e)
{
    if (e.top1)
        figures.push_back({"Top-1 accuracy", percent(e.top1->value),
                           interval(*e.top1) + "; " + count(e.samples, "sample")
                               + (e.referenceTop1 ? "; float " + percent(e.referenceTop1->value) : ""),
                           false, e.synthetic});
    if (e.paired)
        figures.push_back(changeFigure(e, *e.paired));
    if (e.top5)
        figures.push_back({"Top-5 accuracy", percent(e.top5->value), interval(*e.top5), false, e.synthetic});
    if (e.agreement)
        figures.push_back({"Agreement with float", percent(e.agreement->value),
                           "same arg-max; " + interval(*e.agreement), false, e.synthetic});
    if (e.outputSqnrDb)
        figures.push_back({"Output SQNR", fixed(*e.outputSqnrDb, 1) + " dB",
                           "signal to error power of the outputs", false, e.synthetic});
}

std::optional<Figure> sizeFigure(const Run &run)
{
    std::uint64_t size = run.evaluation ? run.evaluation->sizeBytes : 0;
    std::uint64_t reference = run.evaluation ? run.evaluation->referenceSizeBytes : 0;
    if (size == 0 && run.quantized && run.quantized->model)
        size = run.quantized->model->sizeBytes();
    if (reference == 0 && run.quantized && run.quantized->source)
        reference = run.quantized->source->sizeBytes();
    if (size == 0)
        return {};
    Figure figure {"Size", fileSize(size), {}, reference > 0 && size > reference, false};
    if (reference > 0)
        figure.note = ratioNote(static_cast<double>(reference), static_cast<double>(size),
                                "smaller than float", "larger than float")
            + " (" + fileSize(reference) + ")";
    return figure;
}

std::optional<Proportion> quality(const Evaluation &e)
{
    return e.top1 ? e.top1 : e.agreement;
}

ParetoPoint point(const std::string &name, const Proportion &q)
{
    return {name, 0, q.value * 100, q.low * 100, q.high * 100, {}, percent(q.value), false};
}

void addPoint(std::vector<ParetoPoint> &points, ParetoPoint point, double cost, std::string text)
{
    if (!(cost > 0))
        return;
    point.cost = cost;
    point.costText = std::move(text);
    points.push_back(std::move(point));
}

void addPoints(ParetoData &data, const ParetoPoint &p, std::uint64_t size,
               const std::optional<Latency> &latency)
{
    addPoint(data.bySize, p, static_cast<double>(size) / 1e6, fileSize(size));
    if (latency)
        addPoint(data.byLatency, p, latency->medianMs, fixed(latency->medianMs, 2) + " ms");
}

} // namespace

std::vector<Figure> keyFigures(const Run &run)
{
    std::vector<Figure> figures;
    if (run.evaluation)
        addEvaluation(figures, *run.evaluation);
    if (auto size = sizeFigure(run))
        figures.push_back(std::move(*size));
    if (run.evaluation && run.evaluation->latency)
        figures.push_back(latencyFigure(*run.evaluation->latency, run.evaluation->referenceLatency));
    if (run.drift && !run.drift->layers.empty())
        figures.push_back(driftFigure(*run.drift));
    if (run.quantized && run.quantized->quantizedNodes + run.quantized->floatNodes > 0) {
        const int all = run.quantized->quantizedNodes + run.quantized->floatNodes;
        figures.push_back(
            {"Quantized nodes", std::to_string(run.quantized->quantizedNodes) + " of " + std::to_string(all),
             "the others stay float; made in " + fixed(run.quantized->seconds, 1) + " s", false, false});
    }
    return figures;
}

std::vector<Figure> referenceFigures(const Run &run)
{
    std::vector<Figure> figures;
    if (!run.evaluation)
        return figures;
    const Evaluation &e = *run.evaluation;
    if (e.referenceTop1)
        figures.push_back({"Top-1 accuracy", percent(e.referenceTop1->value), interval(*e.referenceTop1),
                           false, e.synthetic});
    if (e.referenceSizeBytes > 0)
        figures.push_back({"Size", fileSize(e.referenceSizeBytes), {}, false, false});
    if (e.referenceLatency)
        figures.push_back({"Latency", fixed(e.referenceLatency->medianMs, 2) + " ms", {}, false, false});
    return figures;
}

std::string modelName(std::span<const RunPtr> runs)
{
    for (const RunPtr &run : runs) {
        if (run->quantized && run->quantized->source && !run->quantized->source->path().empty())
            return run->quantized->source->path().filename().string();
    }
    return "model";
}

ParetoData paretoData(std::span<const RunPtr> runs)
{
    ParetoData data;
    // One scale for all: agreement is not comparable with accuracy.
    const bool accuracy = std::any_of(runs.begin(), runs.end(),
                                      [](const RunPtr &r) { return r->evaluation && r->evaluation->top1; });
    data.qualityTitle = accuracy ? "Top-1 accuracy, %" : "Agreement with float, %";
    bool hasReference = false;
    for (const RunPtr &run : runs) {
        if (!run->evaluation || run->evaluation->top1.has_value() != accuracy || !quality(*run->evaluation))
            continue;
        const Evaluation &e = *run->evaluation;
        if (!hasReference && accuracy && e.referenceTop1) {
            ParetoPoint reference = point("float", *e.referenceTop1);
            reference.isReference = true;
            addPoints(data, reference, e.referenceSizeBytes, e.referenceLatency);
            hasReference = true;
        }
        addPoints(data, point(run->name, *quality(e)), e.sizeBytes, e.latency);
    }
    for (auto *points : {&data.bySize, &data.byLatency}) {
        if (points->size() < 2)
            points->clear();
    }
    return data;
}

} // namespace qs
