// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/findingjson.h"
#include "core/passes/passreportjson.h"
#include "core/report/environment.h"
#include "core/report/figures.h"
#include "core/report/report.h"

#include <nlohmann/json.hpp>

namespace qs {
namespace {

using nlohmann::json;

json calibrationJson(const StatisticsPtr &statistics)
{
    if (!statistics)
        return nullptr;
    return {{"samples", statistics->samples},
            {"skipped", statistics->skippedSamples},
            {"synthetic", statistics->synthetic},
            {"fingerprint", statistics->fingerprint}};
}

json runJson(const Run &run)
{
    json object {{"name", run.name}};
    object["evaluation"] = run.evaluation ? toJson(*run.evaluation) : json(nullptr);
    object["drift"] = run.drift ? toJson(*run.drift) : json(nullptr);
    if (!run.quantized)
        return object;
    const Quantized &q = *run.quantized;
    object["strategy"] = q.recipe.strategy;
    object["target"] = q.recipe.target;
    object["recipe"] = toJson(q.recipe);
    object["plan"] = toJson(q.plan);
    object["calibration"] = calibrationJson(q.statistics);
    object["training"] = q.training ? toJson(*q.training) : json(nullptr);
    object["passes"] = toJson(q.passes);
    object["findings"] = toJson(findingsOf(run));
    object["seconds"] = q.seconds;
    object["quantized_nodes"] = q.quantizedNodes;
    object["float_nodes"] = q.floatNodes;
    object["size_bytes"] = q.model ? json(q.model->sizeBytes()) : json(nullptr);
    return object;
}

} // namespace

json jsonReport(std::span<const RunPtr> runs)
{
    const Environment environment = thisMachine();
    json object;
    object["model"] = modelName(runs);
    object["environment"] = {{"runtime", environment.runtime},
                             {"processor", environment.processor},
                             {"vector_units", environment.vectorUnits},
                             {"logical_cores", environment.logicalCores},
                             {"system", environment.system}};
    object["runs"] = json::array();
    for (const RunPtr &run : runs)
        object["runs"].push_back(runJson(*run));
    return object;
}

} // namespace qs
