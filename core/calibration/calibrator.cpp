// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/calibrator.h"

#include "core/base/sha256.h"
#include "core/calibration/calibrationpass.h"
#include "core/model/graphview.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

/// Raised whenever the same input would give other statistics than before.
constexpr std::uint64_t kStatisticsVersion = 3;

std::string fingerprintOf(const Model &model, const Dataset &dataset, std::vector<StatRequest> requests)
{
    std::ranges::sort(requests, {}, &StatRequest::tensor);
    Sha256 hash;
    hash.updateNumber(kStatisticsVersion).updateField(model.fingerprint()).updateField(dataset.fingerprint());
    hash.updateNumber(dataset.size());
    for (const StatRequest &request : requests)
        hash.updateField(request.tensor)
            .updateNumber((request.histogram ? 1U : 0U) + (request.channels ? 2U : 0U));
    return hash.hexDigest();
}

/// Names the first place where \a count is not zero: an input of the graph, else a node in topological order.
void reportFirst(const Model &model, const Statistics &statistics, std::uint64_t TensorStatistics::*count,
                 const std::string &code, const Text &kind, JobContext &job)
{
    const auto countOf = [&](const std::string &tensor) {
        const auto it = statistics.tensors.find(tensor);
        return it == statistics.tensors.end() ? 0 : it->second.*count;
    };
    const auto affected
        = std::ranges::count_if(statistics.tensors, [&](const auto &item) { return item.second.*count > 0; });
    if (affected == 0)
        return;
    const auto report = [&](const std::string &subject, const Text &where, const std::string &tensor) {
        job.report(
            {Severity::Warning, code, subject,
             countedSentence(
                 QS_TR_N_NOOP("Sentence",
                              "%1 (%2 %3 in '%4', %n tensor(s) affected); they are left out of all ranges"),
                 static_cast<int>(affected), {where, std::to_string(countOf(tensor)), kind, tensor})});
    };
    const GraphView &graph = model.graph();
    for (const ValueInfo &input : graph.inputs()) {
        if (countOf(input.name) > 0)
            return report(input.name,
                          sentence(QS_TR_NOOP("Sentence", "the calibration data has %1 already"), {kind}),
                          input.name);
    }
    for (const NodeId id : graph.topologicalOrder()) {
        for (const std::string &output : graph.node(id).output()) {
            if (countOf(output) > 0)
                return report(graph.layerName(id),
                              sentence(QS_TR_NOOP("Sentence", "first layer to give %1"), {kind}), output);
        }
    }
}

void reportNonFinite(const Model &model, const Statistics &statistics, JobContext &job)
{
    reportFirst(model, statistics, &TensorStatistics::nan, "nan-in-activations", "NaN", job);
    reportFirst(model, statistics, &TensorStatistics::infinite, "inf-in-activations",
                sentence(QS_TR_NOOP("Sentence", "infinity")), job);
}

/// What was told sample by sample when the statistics were collected; they keep the number only.
void reportSkipped(const Statistics &statistics, JobContext &job)
{
    if (statistics.skippedSamples > 0)
        job.report({Severity::Warning,
                    "sample-skipped",
                    {},
                    countedSentence(
                        QS_TR_N_NOOP("Sentence",
                                     "%n sample(s) could not be read when these statistics were collected"),
                        static_cast<int>(statistics.skippedSamples))});
}

} // namespace

std::vector<StatRequest> mergeRequests(std::span<const StatRequest> requests)
{
    std::vector<StatRequest> merged;
    std::map<std::string, std::size_t> places;
    for (const StatRequest &request : requests) {
        const auto [place, isNew] = places.emplace(request.tensor, merged.size());
        if (isNew)
            merged.push_back({request.tensor});
        StatRequest &target = merged[place->second];
        target.histogram |= request.histogram;
        target.channels |= request.channels;
    }
    return merged;
}

Result<StatisticsPtr> calibrate(const Model &model, const Dataset &dataset,
                                std::span<const StatRequest> requests, const InferenceEngine &engine,
                                const CalibrationOptions &options, JobContext &job)
{
    std::vector<StatRequest> merged = mergeRequests(requests);
    const std::string fingerprint = fingerprintOf(model, dataset, merged);
    std::filesystem::path cache;
    if (!options.cacheFolder.empty()) {
        cache = options.cacheFolder / ("statistics-" + fingerprint + ".json");
        Result<StatisticsPtr> cached = loadStatistics(cache, fingerprint);
        if (cached.ok()) {
            reportSkipped(**cached, job);
            reportNonFinite(model, **cached, job);
            return cached;
        }
        if (cached.error().code != ErrorCode::NotFound)
            job.report({Severity::Warning, "calibration-cache-ignored", cache.string(),
                        sentence(QS_TR_NOOP("Sentence", "calibrated again: %1"), {cached.error().detail})});
    }

    CalibrationPass pass(model, dataset, std::move(merged), engine, options.threads, job);
    QS_TRY(Statistics result, pass.run());
    result.fingerprint = fingerprint;
    const auto statistics = std::make_shared<const Statistics>(std::move(result));
    reportNonFinite(model, *statistics, job);
    if (!cache.empty()) {
        std::error_code ignored; // writing fails with the reason where this did
        std::filesystem::create_directories(options.cacheFolder, ignored);
        if (const Status saved = saveStatistics(*statistics, cache); !saved.ok())
            job.report(
                {Severity::Warning, "calibration-cache-not-written", cache.string(),
                 sentence(QS_TR_NOOP("Sentence", "the statistics will be collected again next time: %1"),
                          {saved.error().detail})});
    }
    return StatisticsPtr(statistics);
}

} // namespace qs
