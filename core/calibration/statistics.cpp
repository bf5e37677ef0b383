// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/statistics.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace qs {
namespace {

using Json = nlohmann::json;

constexpr const char *kFormat = "quantstudio-statistics";

// Reading throws this or one of the library's own exceptions, both caught in loadStatistics().
struct Damaged
{
    std::string what;
};

Json toJson(Range range)
{
    return {range.min, range.max};
}

float finiteFloat(const Json &json)
{
    const double value = json.is_number() ? json.get<double>() : NAN;
    if (!(std::abs(value) <= double(std::numeric_limits<float>::max())))
        throw Damaged {"a range is not a pair of numbers"};
    return static_cast<float>(value);
}

Range rangeFromJson(const Json &json)
{
    if (!json.is_array() || json.size() != 2)
        throw Damaged {"a range is not a pair of numbers"};
    const Range range {finiteFloat(json[0]), finiteFloat(json[1])};
    if (range.min > range.max)
        throw Damaged {"a range ends before it starts"};
    return range;
}

double realFromJson(const Json &json)
{
    if (!json.is_number())
        throw Damaged {"a number is missing"};
    return json.get<double>();
}

std::uint64_t countFromJson(const Json &json)
{
    if (!json.is_number_unsigned())
        throw Damaged {"a count is not a number"};
    return json.get<std::uint64_t>();
}

Json toJson(const TensorStatistics &tensor)
{
    Json json {{"extent", toJson(tensor.extent)},
               {"moving_average", toJson(tensor.movingAverage)},
               {"mean", tensor.mean},
               {"mean_square", tensor.meanSquare},
               {"count", tensor.count},
               {"nan", tensor.nan},
               {"infinite", tensor.infinite}};
    if (tensor.histogram)
        json["histogram"] = tensor.histogram->toJson();
    for (const Range &channel : tensor.channels)
        json["channels"].push_back(toJson(channel));
    if (!tensor.channelMeans.empty())
        json["channel_means"] = tensor.channelMeans;
    if (!tensor.channelMeanSquares.empty())
        json["channel_mean_squares"] = tensor.channelMeanSquares;
    return json;
}

TensorStatistics tensorFromJson(const Json &json)
{
    TensorStatistics tensor;
    tensor.extent = rangeFromJson(json.at("extent"));
    tensor.movingAverage = rangeFromJson(json.at("moving_average"));
    tensor.mean = realFromJson(json.at("mean"));
    tensor.meanSquare = realFromJson(json.at("mean_square"));
    tensor.count = countFromJson(json.at("count"));
    tensor.nan = countFromJson(json.at("nan"));
    tensor.infinite = countFromJson(json.at("infinite"));
    if (json.contains("histogram")) {
        Result<Histogram> histogram = Histogram::fromJson(json["histogram"]);
        if (!histogram.ok())
            throw Damaged {histogram.error().message()};
        tensor.histogram = std::move(*histogram);
    }
    if (json.contains("channels")) {
        for (const Json &channel : json["channels"])
            tensor.channels.push_back(rangeFromJson(channel));
    }
    for (const Json &mean : json.value("channel_means", Json::array()))
        tensor.channelMeans.push_back(realFromJson(mean));
    for (const Json &square : json.value("channel_mean_squares", Json::array()))
        tensor.channelMeanSquares.push_back(realFromJson(square));
    if (tensor.channelMeans.size() != tensor.channels.size()
        || tensor.channelMeanSquares.size() != tensor.channels.size())
        throw Damaged {"channels differ in number"};
    return tensor;
}

Statistics statisticsFromJson(const Json &json)
{
    Statistics statistics;
    statistics.fingerprint = json.at("fingerprint").get<std::string>();
    statistics.samples = countFromJson(json.at("samples"));
    statistics.skippedSamples = countFromJson(json.at("skipped_samples"));
    statistics.synthetic = json.at("synthetic").get<bool>();
    for (const auto &[name, tensor] : json.at("tensors").items())
        statistics.tensors.emplace(name, tensorFromJson(tensor));
    return statistics;
}

} // namespace

Status saveStatistics(const Statistics &statistics, const std::filesystem::path &path)
{
    Json tensors = Json::object();
    for (const auto &[name, tensor] : statistics.tensors)
        tensors[name] = toJson(tensor);
    const Json json {{"format", kFormat},
                     {"fingerprint", statistics.fingerprint},
                     {"samples", statistics.samples},
                     {"skipped_samples", statistics.skippedSamples},
                     {"synthetic", statistics.synthetic},
                     {"tensors", std::move(tensors)}};
    try {
        return writeFileAtomically(path, json.dump());
    } catch (const Json::type_error &) {
        return Error {ErrorCode::Unsupported, path.string(),
                      "a tensor has a name that is not UTF-8, which JSON cannot hold"};
    }
}

Result<StatisticsPtr> loadStatistics(const std::filesystem::path &path, const std::string &fingerprint)
{
    QS_TRY(const std::string text, readFile(path));
    const auto damaged = [&](const std::string &why) {
        return Error {ErrorCode::Format, path.string(), why};
    };
    try {
        const Json json = parseJson(text);
        if (!json.is_object() || json.value("format", "") != kFormat)
            return damaged("not a file of calibration statistics");
        if (json.value("fingerprint", "") != fingerprint)
            return damaged("belongs to another model, data set or selection");
        return std::make_shared<const Statistics>(statisticsFromJson(json));
    } catch (const Damaged &what) {
        return damaged("damaged: " + what.what);
    } catch (const Json::exception &) {
        return damaged("damaged: a field is missing or of the wrong kind");
    }
}

} // namespace qs
