// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/trainingrun.h"

#include "tests/support/memorydataset.h"
#include "tests/support/modelrun.h"

#include <algorithm>
#include <onnx/onnx_pb.h>

namespace qs::test {

DatasetPtr pictures(const Model &model, std::size_t count, bool labelled)
{
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < count; ++i) {
        Sample sample {"#" + std::to_string(i), randomInputs(model, static_cast<unsigned>(100 + i), 1), {}};
        if (labelled) {
            const Tensor scores = runModel(model, sample.inputs)[0];
            const auto values = scores.floats();
            sample.label = std::max_element(values.begin(), values.end()) - values.begin();
        }
        samples.push_back(std::move(sample));
    }
    return std::make_shared<MemoryDataset>(std::move(samples));
}

Recipe recipeOf(const std::string &strategy, const nlohmann::json &parameters)
{
    Recipe recipe;
    recipe.strategy = strategy;
    recipe.target = "x86-vnni";
    recipe.parameters = parameters;
    return recipe;
}

Result<QuantizedPtr> quantizeWith(const ModelPtr &model, const Recipe &recipe, const DatasetPtr &data,
                                  TrainingOptions training)
{
    JobContext job;
    QuantizeOptions options;
    options.threads = 1;
    options.calibration = data;
    options.training = std::move(training);
    return quantize(model, recipe, *makeOnnxRuntimeEngine(), options, job);
}

std::string graphBytes(const Model &model)
{
    return model.proto().graph().SerializeAsString();
}

JobContext listening(std::vector<std::string> &codes)
{
    return JobContext().withSinks({}, [&codes](const Finding &finding) { codes.push_back(finding.code); });
}

} // namespace qs::test
