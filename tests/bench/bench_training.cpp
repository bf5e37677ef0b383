// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What quantization-aware training gives back, on pictures that were not trained on: top-1 of the float
// model, of the plan training starts from, and of what came out, with labels and without.
//   bench_training [NAME…]   names of the cases below; all without
#include "core/data/datasetsubset.h"
#include "core/data/presets.h"
#include "core/evaluation/evaluation.h"
#include "core/model/modelio.h"
#include "core/run/run.h"
#include "tests/bench/require.h"

#include <algorithm>
#include <cstdio>

using namespace qs;

namespace {

const std::string kShared = QS_SHARED_DIR;

struct Case
{
    const char *name;
    const char *model;
    const char *preset;
    const char *target;
    const char *training; ///< folder
    const char *evaluation; ///< the same folder: every second picture is trained on, the others are measured
    nlohmann::json parameters;
};

nlohmann::json bits(int weights, int activations, const char *supervision)
{
    return {{"weight_bits", weights},     {"activation_bits", activations},
            {"supervision", supervision}, {"epochs", 6},
            {"learning_rate", 5e-4},      {"scale_learning_rate", 3e-3}};
}

nlohmann::json perTensor()
{
    return {{"per_channel", false}, {"weight_range", "mse"}, {"supervision", "distillation"}, {"epochs", 8},
            {"batch_size", 16},     {"learning_rate", 1e-4}, {"scale_learning_rate", 3e-3}};
}

std::vector<Case> cases()
{
    const auto resnet = [](const char *name, nlohmann::json parameters) {
        return Case {
            name,           "resnet20_cifar10_jpegft", "normalize-imagenet", "x86-vnni", "cifar10-dev",
            "cifar10-test", std::move(parameters)};
    };
    nlohmann::json gentle = bits(8, 8, "distillation");
    gentle.update({{"epochs", 2}, {"learning_rate", 1e-5}, {"scale_learning_rate", 1e-3}});
    return {resnet("w8a8", gentle),
            resnet("w4a8", bits(4, 8, "distillation")),
            resnet("w4a4", bits(4, 4, "distillation")),
            resnet("w4a4-labels", bits(4, 4, "both")),
            {"mobilenet_v1", "mobilenet_v1_0.75_224", "imagenet-tf", "arm-qnnpack", "imagenet-dev",
             "imagenet-dev", perTensor()},
            {"mobilenet_v2", "mobilenet_v2_1.0_224", "imagenet-tf", "arm-qnnpack", "imagenet-dev",
             "imagenet-dev", perTensor()}};
}

void train(const Case &c, const InferenceEngine &engine)
{
    JobContext job;
    const ModelPtr model = require(loadModel(kShared + "/models/" + c.model + ".onnx", job));
    const Preprocessing preprocessing = require(presetById(c.preset));
    const auto open = [&](const char *folder) {
        return require(
            openDataset({kShared + "/data/" + folder, 0, preprocessing}, model->graph().inputs(), job));
    };
    const bool split = std::string(c.training) == c.evaluation;
    const DatasetPtr all = open(c.training);
    const DatasetPtr training = split ? everyNthSample(all, 0, 2) : all;
    const DatasetPtr measured = split ? everyNthSample(all, 1, 2) : open(c.evaluation);

    Recipe recipe;
    recipe.strategy = "qat";
    recipe.target = c.target;
    recipe.parameters = c.parameters;
    recipe.calibration = {kShared + "/data/" + c.training, 0, preprocessing};
    QuantizeOptions options;
    options.calibration = training;
    const QuantizedPtr trained = require(quantize(model, recipe, engine, options, job));
    recipe.parameters["epochs"] = 0;
    const QuantizedPtr before = require(quantize(model, recipe, engine, options, job));
    const auto measure = [&](const Model &quantized) {
        return require(evaluate(quantized, model.get(), *measured, engine, {.latency = false}, job));
    };
    const Evaluation start = measure(*before->model);
    const Evaluation end = measure(*trained->model);
    const double full = 100 * start.referenceTop1->value;
    const double from = 100 * start.top1->value;
    const double to = 100 * end.top1->value;
    std::printf("%-14s FP32 %6.2f  before %6.2f  trained %6.2f  recovered %4.0f %%  McNemar p %.2f  same as "
                "simulated "
                "%.2f %%  epoch %d  %.0f s\n",
                c.name, full, from, to, full > from ? 100 * (to - from) / (full - from) : 100.0,
                end.paired->pValue, 100 * trained->training->sameTop1.value_or(0),
                trained->training->bestEpoch, trained->seconds);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv)
{
    const auto engine = makeOnnxRuntimeEngine();
    for (const Case &c : cases()) {
        const bool wanted = argc == 1 || std::any_of(argv + 1, argv + argc, [&](const char *name) {
                                return std::string(name) == c.name;
                            });
        if (wanted)
            train(c, *engine);
    }
    return 0;
}
