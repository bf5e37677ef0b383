// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/quantizerun.h"

#include "tests/support/modelrun.h"

#include <cmath>

namespace qs {

Recipe syntheticRecipe(const std::string &target, const std::string &strategy)
{
    Recipe recipe;
    recipe.strategy = strategy;
    recipe.target = target;
    if (strategy == "static")
        recipe.parameters = {{"observer", "minmax"}};
    recipe.calibration.path = "synthetic";
    recipe.calibration.limit = 8;
    return recipe;
}

Result<QuantizedPtr> quantizeModel(const ModelPtr &model, const Recipe &recipe)
{
    JobContext job;
    return quantize(model, recipe, *makeOnnxRuntimeEngine(), {}, job);
}

std::string kernelsOf(const Model &model)
{
    const auto operators = optimizedOperators(*makeOnnxRuntimeEngine(), model, Optimization::Extended);
    if (!operators.ok())
        return operators.error().message();
    std::string list;
    for (const auto &[name, count] : *operators) {
        if (name != "QuantizeLinear" && name != "DequantizeLinear")
            list += (list.empty() ? "" : ", ") + name + " " + std::to_string(count);
    }
    return list;
}

double syntheticSqnrDb(const Model &reference, const Model &model)
{
    JobContext job;
    const DatasetPtr data = *openDataset({.path = "synthetic", .limit = 8, .preprocessing = {}},
                                         reference.graph().inputs(), job);
    const auto inputs = data->sample(3)->inputs;
    const auto a = runModel(reference, inputs).at(0);
    const auto b = runModel(model, inputs).at(0);
    double signal = 0;
    double error = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        signal += std::pow(static_cast<double>(a.floats()[i]), 2);
        error += std::pow(static_cast<double>(a.floats()[i] - b.floats()[i]), 2);
    }
    return 10 * std::log10(signal / error);
}

} // namespace qs
