// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/evaluation.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace qs {
namespace {

using nlohmann::json;

/// JSON has no infinity and no NaN.
json number(double value)
{
    return std::isfinite(value) ? json(value) : json(nullptr);
}

void addProportion(json &object, const std::string &key, const std::optional<Proportion> &p)
{
    object[key] = p ? json(p->value) : json(nullptr);
    object[key + "_ci95"] = p ? json::array({p->low, p->high}) : json(nullptr);
}

json latencyJson(const std::optional<Latency> &latency)
{
    if (!latency)
        return nullptr;
    return {{"median", latency->medianMs}, {"p90", latency->p90Ms},     {"min", latency->minMs},
            {"runs", latency->runs},       {"warmup", latency->warmup}, {"threads", latency->threads}};
}

json pairedJson(const std::optional<PairedComparison> &paired)
{
    if (!paired)
        return nullptr;
    return {{"only_reference_right", paired->onlyReferenceRight},
            {"only_model_right", paired->onlyModelRight},
            {"p_value", paired->pValue},
            {"difference", paired->difference},
            {"difference_ci95", json::array({paired->low, paired->high})}};
}

} // namespace

json toJson(const Evaluation &evaluation)
{
    json object;
    object["samples"] = evaluation.samples;
    object["skipped"] = evaluation.skipped;
    object["synthetic"] = evaluation.synthetic;
    addProportion(object, "top1", evaluation.top1);
    addProportion(object, "top5", evaluation.top5);
    addProportion(object, "reference_top1", evaluation.referenceTop1);
    addProportion(object, "agreement", evaluation.agreement);
    object["paired"] = pairedJson(evaluation.paired);
    object["output_sqnr_db"] = evaluation.outputSqnrDb ? number(*evaluation.outputSqnrDb) : json(nullptr);
    object["size_bytes"] = evaluation.sizeBytes;
    object["reference_size_bytes"]
        = evaluation.referenceSizeBytes > 0 ? json(evaluation.referenceSizeBytes) : json(nullptr);
    object["latency_ms"] = latencyJson(evaluation.latency);
    object["reference_latency_ms"] = latencyJson(evaluation.referenceLatency);
    return object;
}

} // namespace qs
