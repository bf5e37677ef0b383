// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/recipe.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"

namespace qs {
namespace {

constexpr int kFormat = 1;

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

TensorOverride overrideFromJson(const nlohmann::json &json)
{
    TensorOverride entry;
    entry.tensor = json.at("tensor").get<std::string>();
    if (json.contains("range"))
        entry.range = Range {json.at("range").at(0).get<float>(), json.at("range").at(1).get<float>()};
    if (json.contains("observer"))
        entry.observer = json.at("observer").get<std::string>();
    entry.keepFloat = json.value("keep_float", false);
    return entry;
}

/// Throws nlohmann::json::exception on what does not fit.
Result<Recipe> parse(const nlohmann::json &json)
{
    Recipe recipe;
    if (json.at("format").get<int>() != kFormat)
        return Error {ErrorCode::Unsupported, "recipe", "written by a newer version of the program"};
    recipe.strategy = json.at("strategy").get<std::string>();
    recipe.target = json.at("target").get<std::string>();
    recipe.parameters = json.value("parameters", nlohmann::json::object());
    recipe.exclude = json.value("exclude", std::vector<std::string> {});
    for (const nlohmann::json &entry : json.value("overrides", nlohmann::json::array()))
        recipe.overrides.push_back(overrideFromJson(entry));
    if (json.contains("calibration")) {
        const nlohmann::json &data = json.at("calibration");
        recipe.calibration.path = data.at("path").get<std::string>();
        recipe.calibration.limit = data.value("samples", std::size_t {0});
        if (data.contains("preprocessing")) {
            QS_TRY(recipe.calibration.preprocessing, preprocessingFromJson(data.at("preprocessing")));
        }
    }
    if (json.contains("training")) {
        recipe.training.path = json.at("training").at("path").get<std::string>();
        recipe.training.limit = json.at("training").value("samples", std::size_t {0});
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
