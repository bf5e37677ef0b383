// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/drift.h"

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

json metricsJson(const DriftMetrics &metrics)
{
    return {{"sqnr_db", number(metrics.sqnrDb)},
            {"cosine", number(metrics.cosine)},
            {"max_abs", number(metrics.maxAbs)},
            {"clipped_percent", number(metrics.clippedPercent)}};
}

} // namespace

json toJson(const Drift &drift)
{
    json layers = json::array();
    for (const LayerDrift &layer : drift.layers) {
        json object = metricsJson(layer.accumulated);
        object["name"] = layer.name;
        object["op"] = layer.op;
        object["tensor"] = layer.tensor;
        object["alone"] = layer.alone ? metricsJson(*layer.alone) : json(nullptr);
        layers.push_back(std::move(object));
    }
    return {{"layers", std::move(layers)},
            {"samples", drift.sampleIds.size()},
            {"skipped", drift.skipped},
            {"synthetic", drift.synthetic}};
}

} // namespace qs
