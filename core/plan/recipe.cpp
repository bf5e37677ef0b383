// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/recipe.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

constexpr int kFormat = 1;

/// A misspelled key would be left out of the work without a word. Throws nlohmann::json::exception when
/// \a json is no object.
Status checkKeys(const nlohmann::json &json, const std::string &subject,
                 std::initializer_list<std::string_view> known)
{
    for (const auto &[key, value] : json.get_ref<const nlohmann::json::object_t &>()) {
        if (std::ranges::find(known, key) == known.end())
            return Error {ErrorCode::Format, subject, "unknown key '" + key + "'"};
    }
    return Done {};
}

nlohmann::json overrideJson(const TensorOverride &entry)
{
    nlohmann::json json {{"tensor", entry.tensor}};
    if (entry.range)
        json["range"] = {entry.range->min, entry.range->max};
    if (entry.observer)
        json["observer"] = *entry.observer;
    if (entry.keepFloat)
        json["keep_float"] = true;
    return json;
}

Result<Range> rangeFromJson(const nlohmann::json &json, const std::string &subject)
{
    const auto ends = json.get<std::vector<float>>(); // 1e39 becomes infinite
    if (ends.size() != 2 || !std::isfinite(ends[0]) || !std::isfinite(ends[1]) || ends[0] >= ends[1])
        return Error {ErrorCode::Format, subject, "its range is not [lowest, highest], both finite"};
    return Range {ends[0], ends[1]};
}

Result<TensorOverride> overrideFromJson(const nlohmann::json &json)
{
    TensorOverride entry;
    entry.tensor = json.at("tensor").get<std::string>();
    const std::string subject = "override '" + entry.tensor + "'";
    QS_CHECK(checkKeys(json, subject, {"tensor", "range", "observer", "keep_float"}));
    if (json.contains("range")) {
        QS_TRY(entry.range, rangeFromJson(json.at("range"), subject));
    }
    if (json.contains("observer"))
        entry.observer = json.at("observer").get<std::string>();
    entry.keepFloat = json.value("keep_float", false);
    return entry;
}

/// How much of which data; the preprocessing is read elsewhere.
Status readData(const nlohmann::json &json, DataSpec &data)
{
    data.path = json.at("path").get<std::string>();
    if (!json.contains("samples"))
        return Done {};
    const nlohmann::json &samples = json.at("samples");
    if (!samples.is_number_integer() || samples.get<std::int64_t>() < 0)
        return Error {ErrorCode::Format, data.path, "its number of samples is not a whole number, 0 or more"};
    data.limit = samples.get<std::size_t>();
    return Done {};
}

/// Throws nlohmann::json::exception on what does not fit.
Result<Recipe> parse(const nlohmann::json &json)
{
    Recipe recipe;
    if (json.at("format").get<int>() != kFormat)
        return Error {ErrorCode::Unsupported, "recipe", "written by a newer version of the program"};
    QS_CHECK(checkKeys(
        json, "recipe",
        {"format", "strategy", "target", "parameters", "exclude", "overrides", "calibration", "training"}));
    recipe.strategy = json.at("strategy").get<std::string>();
    recipe.target = json.at("target").get<std::string>();
    recipe.parameters = json.value("parameters", nlohmann::json::object());
    recipe.exclude = json.value("exclude", std::vector<std::string> {});
    for (const nlohmann::json &entry : json.value("overrides", nlohmann::json::array())) {
        QS_TRY(TensorOverride change, overrideFromJson(entry));
        recipe.overrides.push_back(std::move(change));
    }
    if (json.contains("calibration")) {
        const nlohmann::json &data = json.at("calibration");
        QS_CHECK(checkKeys(data, "calibration", {"path", "samples", "preprocessing"}));
        QS_CHECK(readData(data, recipe.calibration));
        if (data.contains("preprocessing")) {
            QS_TRY(recipe.calibration.preprocessing, preprocessingFromJson(data.at("preprocessing")));
        }
    }
    if (json.contains("training")) {
        QS_CHECK(checkKeys(json.at("training"), "training", {"path", "samples"}));
        QS_CHECK(readData(json.at("training"), recipe.training));
    }
    return recipe;
}

} // namespace

nlohmann::json toJson(const Recipe &recipe)
{
    nlohmann::json json {{"format", kFormat},
                         {"strategy", recipe.strategy},
                         {"target", recipe.target},
                         {"parameters", recipe.parameters},
                         {"exclude", recipe.exclude}};
    json["overrides"] = nlohmann::json::array();
    for (const TensorOverride &entry : recipe.overrides)
        json["overrides"].push_back(overrideJson(entry));
    if (!recipe.calibration.path.empty()) {
        json["calibration"] = {{"path", recipe.calibration.path}, {"samples", recipe.calibration.limit}};
        if (recipe.calibration.preprocessing)
            json["calibration"]["preprocessing"] = toJson(*recipe.calibration.preprocessing);
    }
    if (!recipe.training.path.empty())
        json["training"] = {{"path", recipe.training.path}, {"samples", recipe.training.limit}};
    return json;
}

Result<Recipe> recipeFromJson(const nlohmann::json &json)
{
    try {
        return parse(json);
    } catch (const nlohmann::json::exception &e) {
        return Error {ErrorCode::Format, "recipe", e.what()};
    }
}

Result<Recipe> loadRecipe(const std::filesystem::path &path)
{
    QS_TRY(const std::string text, readFile(path, std::uint64_t {1} << 26));
    const nlohmann::json json = parseJson(text);
    if (json.is_discarded())
        return Error {ErrorCode::Format, path.string(), "not a JSON file"};
    auto recipe = recipeFromJson(json);
    if (!recipe.ok())
        return Error {recipe.error().code, path.string(), recipe.error().message()};
    return recipe;
}

} // namespace qs
