// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/figuresjson.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <stdexcept>

namespace qs {

using nlohmann::json;

namespace {

json number(double value)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    return value;
}

double real(const json &item)
{
    if (!item.is_string())
        return item.get<double>();
    const auto &word = item.get_ref<const std::string &>();
    if (word == "inf" || word == "-inf")
        return (word == "inf" ? 1 : -1) * std::numeric_limits<double>::infinity();
    if (word == "nan")
        return std::numeric_limits<double>::quiet_NaN();
    throw std::invalid_argument("'" + word + "' is not a number");
}

json numbers(const std::vector<float> &values)
{
    json list = json::array();
    for (const float value : values)
        list.push_back(number(static_cast<double>(value)));
    return list;
}

std::vector<float> reals(const json &list)
{
    std::vector<float> values;
    for (const json &item : list)
        values.push_back(static_cast<float>(real(item)));
    return values;
}

json toJson(const Proportion &p)
{
    return {p.successes, p.total, p.value, p.low, p.high};
}

json toJson(const PairedComparison &p)
{
    return {p.onlyReferenceRight, p.onlyModelRight, p.pValue, p.difference, p.low, p.high};
}

json toJson(const Latency &l)
{
    return {l.medianMs, l.p90Ms, l.minMs, l.runs, l.warmup, l.threads};
}

json toJson(const DriftMetrics &m)
{
    return {number(m.sqnrDb), number(m.cosine), number(m.maxAbs), number(m.clippedPercent)};
}

void read(const json &j, Proportion &p)
{
    p = {j.at(0).get<std::uint64_t>(), j.at(1).get<std::uint64_t>(), j.at(2).get<double>(),
         j.at(3).get<double>(), j.at(4).get<double>()};
}

void read(const json &j, PairedComparison &p)
{
    p = {j.at(0).get<std::uint64_t>(), j.at(1).get<std::uint64_t>(), j.at(2).get<double>(),
         j.at(3).get<double>(),        j.at(4).get<double>(),        j.at(5).get<double>()};
}

void read(const json &j, Latency &l)
{
    l = {j.at(0).get<double>(), j.at(1).get<double>(), j.at(2).get<double>(),
         j.at(3).get<int>(),    j.at(4).get<int>(),    j.at(5).get<int>()};
}

void read(const json &j, double &value)
{
    value = real(j);
}

json toJson(double value)
{
    return number(value);
}

DriftMetrics metrics(const json &j)
{
    return {real(j.at(0)), real(j.at(1)), real(j.at(2)), real(j.at(3))};
}

template <typename T> void put(json &object, const char *key, const std::optional<T> &value)
{
    if (value)
        object[key] = toJson(*value);
}

template <typename T> void take(const json &object, const char *key, std::optional<T> &value)
{
    if (object.contains(key))
        read(object.at(key), value.emplace());
}

/// The figures an evaluation may lack, under their names in the file: one list for writing and reading.
template <typename AnEvaluation, typename Visitor> void forEachFigure(AnEvaluation &e, const Visitor &visit)
{
    visit("top1", e.top1);
    visit("top5", e.top5);
    visit("reference_top1", e.referenceTop1);
    visit("paired", e.paired);
    visit("agreement", e.agreement);
    visit("output_sqnr_db", e.outputSqnrDb);
    visit("latency", e.latency);
    visit("reference_latency", e.referenceLatency);
}

}

json figuresToJson(const Evaluation &e)
{
    json object {{"samples", e.samples},
                 {"skipped", e.skipped},
                 {"synthetic", e.synthetic},
                 {"size_bytes", e.sizeBytes},
                 {"reference_size_bytes", e.referenceSizeBytes}};
    forEachFigure(e, [&](const char *key, const auto &value) { put(object, key, value); });
    json &results = object["results"] = json::array();
    for (const SampleResult &r : e.results)
        results.push_back({r.id, r.index, r.label ? json(*r.label) : json(), r.prediction,
                           r.referencePrediction, number(r.sqnrDb)});
    return object;
}

Evaluation evaluationFromJson(const json &object)
{
    Evaluation e;
    e.samples = object.at("samples").get<std::uint64_t>();
    e.skipped = object.at("skipped").get<std::uint64_t>();
    e.synthetic = object.at("synthetic").get<bool>();
    e.sizeBytes = object.at("size_bytes").get<std::uint64_t>();
    e.referenceSizeBytes = object.at("reference_size_bytes").get<std::uint64_t>();
    forEachFigure(e, [&](const char *key, auto &value) { take(object, key, value); });
    for (const json &r : object.at("results")) {
        SampleResult result {r.at(0).get<std::string>(),  r.at(1).get<std::size_t>(),  {},
                             r.at(3).get<std::int64_t>(), r.at(4).get<std::int64_t>(), real(r.at(5))};
        if (!r.at(2).is_null())
            result.label = r.at(2).get<std::int64_t>();
        e.results.push_back(std::move(result));
    }
    return e;
}

json figuresToJson(const Drift &drift)
{
    json object {{"samples", drift.sampleIds}, {"skipped", drift.skipped}, {"synthetic", drift.synthetic}};
    json &layers = object["layers"] = json::array();
    for (const LayerDrift &layer : drift.layers) {
        json item {{"name", layer.name},
                   {"op", layer.op},
                   {"tensor", layer.tensor},
                   {"accumulated", toJson(layer.accumulated)},
                   {"sample_sqnr_db", numbers(layer.sampleSqnrDb)},
                   {"sample_alone_sqnr_db", numbers(layer.sampleAloneSqnrDb)},
                   {"channel_sqnr_db", numbers(layer.channelSqnrDb)},
                   {"channel_max_abs", numbers(layer.channelMaxAbs)}};
        put(item, "alone", layer.alone);
        layers.push_back(std::move(item));
    }
    return object;
}

Drift driftFromJson(const json &object)
{
    Drift drift;
    drift.sampleIds = object.at("samples").get<std::vector<std::string>>();
    drift.skipped = object.at("skipped").get<std::uint64_t>();
    drift.synthetic = object.at("synthetic").get<bool>();
    for (const json &item : object.at("layers")) {
        LayerDrift layer;
        layer.name = item.at("name").get<std::string>();
        layer.op = item.at("op").get<std::string>();
        layer.tensor = item.at("tensor").get<std::string>();
        layer.accumulated = metrics(item.at("accumulated"));
        if (item.contains("alone"))
            layer.alone = metrics(item.at("alone"));
        layer.sampleSqnrDb = reals(item.at("sample_sqnr_db"));
        layer.sampleAloneSqnrDb = reals(item.at("sample_alone_sqnr_db"));
        layer.channelSqnrDb = reals(item.at("channel_sqnr_db"));
        layer.channelMaxAbs = reals(item.at("channel_max_abs"));
        drift.layers.push_back(std::move(layer));
    }
    return drift;
}

} // namespace qs
