// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/presets.h"
#include "core/plan/recipe.h"
#include "tests/fuzz/fuzztarget.h"

using namespace qs;
using namespace qs::test;

std::vector<std::string> qs::test::fuzzSeeds()
{
    Recipe recipe;
    recipe.parameters = {{"observer", "percentile"}, {"percentile", 99.9}, {"bias_correction", true}};
    recipe.calibration = {"pictures", 100, presetById("imagenet-torch").value()};
    recipe.training = {"more.npz", 20, {}};
    recipe.exclude = {"^head", "conv[0-9]+"};
    recipe.overrides = {{"t", Range {-1, 1}, {}, false}, {"u", {}, "minmax", true}};
    return {toJson(recipe).dump(), toJson(Recipe {}).dump()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto recipe = loadRecipe(writeInput("recipe.json", textOf(data, size)));
    if (!isAccepted(recipe))
        return 0;
    // What was read can be stored in a model, and is the same when it is read again.
    const auto again = recipeFromJson(nlohmann::json::parse(toJson(*recipe).dump()));
    FUZZ_CHECK(isValue(again) && *again == *recipe);
    return 0;
}
