// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/plan/override.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace qs {

/// What was asked for. The same recipe on the same files gives the same bytes.
struct Recipe
{
    std::string strategy = "static";
    std::string target = "onnxruntime-cpu";
    nlohmann::json parameters
        = nlohmann::json::object(); ///< of the strategy, ParamSet::toJson(); missing keys = defaults
    DataSpec calibration;
    /// Of strategies that train; an empty path means the calibration data. Preprocessed as that is.
    DataSpec training;
    std::vector<std::string> exclude; ///< regular expressions on layer names: kept float
    std::vector<TensorOverride> overrides;

    bool operator==(const Recipe &) const = default;
};

nlohmann::json toJson(const Recipe &recipe);
Result<Recipe> recipeFromJson(const nlohmann::json &json);
Result<Recipe> loadRecipe(const std::filesystem::path &path);

/// Key of Model::metadata under which the recipe JSON is stored in an exported model.
inline constexpr const char *kRecipeKey = "quantstudio.recipe";

} // namespace qs
