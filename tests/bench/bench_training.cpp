// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What quantization-aware training gives back, on pictures that were not trained on: top-1 of the float
// model, of the plan training starts from, and of what came out, with labels and without. Ends with what must
// hold of the figures and exit code 1 where it does not.
//   bench_training [NAME…]   names of the cases below; all without
#include "core/data/datasetsubset.h"
#include "core/data/presets.h"
#include "core/evaluation/evaluation.h"
#include "core/model/modelio.h"
#include "core/run/run.h"
#include "tests/bench/require.h"

#include <algorithm>
#include <cmath>
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
    const char *evaluation; ///< the same folder: trained on one half and measured on the other, both ways
    nlohmann::json parameters;
    double mostLost = 100; ///< points below the float model
    double leastRecovered = 0; ///< share of what static INT8 loses
    double longest = HUGE_VAL; ///< seconds of one training
};

nlohmann::json bits(int weights, int activations, const char *supervision)
{
    return {{"weight_bits", weights},     {"activation_bits", activations}, {"epochs", 8},
            {"supervision", supervision}, {"learning_rate", 0.004},         {"distill_layers", "relu2$"}};
}

nlohmann::json perTensor(double rate, const char *layers)
{
    return {{"per_channel", false}, {"weight_range", "mse"}, {"equalize", true},        {"epochs", 4},
            {"batch_size", 16},     {"learning_rate", rate}, {"distill_layers", layers}};
}

std::vector<Case> cases()
{
    constexpr double kTwentyMinutes = 1200;
    const auto resnet = [](const char *name, nlohmann::json parameters) {
        return Case {.name = name,
                     .model = "resnet20_cifar10_jpegft",
                     .preset = "normalize-imagenet",
                     .target = "x86-vnni",
                     .training = "cifar10-dev",
                     .evaluation = "cifar10-test",
                     .parameters = std::move(parameters),
                     .longest = kTwentyMinutes};
    };
    const auto eightBits = [&](const char *name, const char *supervision) {
        nlohmann::json gentle = bits(8, 8, supervision);
        gentle.update({{"epochs", 3}, {"learning_rate", 0.0005}});
        Case made = resnet(name, gentle);
        made.mostLost = 0.1;
        return made;
    };
    const auto fewBits = [&](const char *name, int activations, const char *supervision) {
        Case made = resnet(name, bits(4, activations, supervision));
        if (activations < 8) // without new pictures in each epoch it ends at 78 % of the loss
            made.parameters.update({{"epochs", 16}, {"augmentation", "flip,crop:2"}});
        made.leastRecovered = 0.8;
        return made;
    };
    const auto mobilenet = [](const char *name, const char *model, nlohmann::json parameters) {
        return Case {.name = name,
                     .model = model,
                     .preset = "imagenet-tf",
                     .target = "arm-qnnpack",
                     .training = "imagenet-dev",
                     .evaluation = "imagenet-dev",
                     .parameters = std::move(parameters),
                     .mostLost = 3};
    };
    return {eightBits("w8a8", "distillation"),
            eightBits("w8a8-labels", "both"),
            fewBits("w4a8", 8, "distillation"),
            fewBits("w4a8-labels", 8, "both"),
            fewBits("w4a4", 4, "distillation"),
            fewBits("w4a4-labels", 4, "both"),
            mobilenet("mobilenet_v1", "mobilenet_v1_0.75_224", perTensor(0.0001, "^conv_")),
            mobilenet("mobilenet_v2", "mobilenet_v2_1.0_224", perTensor(0.0001, "^conv_\\d*[13579]$"))};
}

/// Pictures that are right, of all that were measured.
struct Count
{
    std::uint64_t right = 0;
    std::uint64_t all = 0;

    void add(const Proportion &part)
    {
        right += part.successes;
        all += part.total;
    }
    double percent() const { return 100.0 * double(right) / double(all); }
};

struct Score
{
    Count reference; ///< the float model
    Count naive; ///< static INT8 without anything that makes up for errors
    Count start; ///< the plan training starts from
    Count trained;
    double same = 1; ///< samples on which the exported model has the simulation's top-1, the lesser part
    double apart = 0; ///< top-1 of simulation and exported model, points, the larger difference
    std::int64_t checked = 0; ///< samples that these two are of, the fewer
    double seconds = 0; ///< of the longest training
    std::string epochs;

    /// Share of what \a from lost that training gave back.
    double recovered(const Count &from) const
    {
        return (trained.percent() - from.percent()) / (reference.percent() - from.percent());
    }
};

bool holds(const Case &c, bool condition, const char *what)
{
    std::printf("%s  %s: %s\n", condition ? "holds" : "FAILS", c.name, what);
    return condition;
}

bool holds(const Case &c, const Score &score)
{
    char line[160];
    bool isGood = true;
    if (c.mostLost < 100) {
        std::snprintf(line, sizeof line, "trained is at most %.1f points below float", c.mostLost);
        isGood &= holds(c, score.trained.percent() >= score.reference.percent() - c.mostLost, line);
    }
    if (c.leastRecovered > 0) {
        std::snprintf(line, sizeof line, "at least %.0f %% of what static INT8 loses is back",
                      100 * c.leastRecovered);
        isGood &= holds(c, score.recovered(score.naive) >= c.leastRecovered, line);
    }
    if (std::isfinite(c.longest)) {
        std::snprintf(line, sizeof line, "training takes less than %.0f seconds", c.longest);
        isGood &= holds(c, score.seconds < c.longest, line);
    }
    return holds(c, score.apart <= 0.1 || score.apart * double(score.checked) < 150,
                 "top-1 as simulated within 0.1 points, or one sample where that is more")
        && isGood;
}

void train(const Case &c, const ModelPtr &model, const DatasetPtr &training, const DatasetPtr &measured,
           const InferenceEngine &engine, Score &score)
{
    JobContext job;
    constexpr std::size_t kCalibration = 200;
    QuantizeOptions options;
    options.calibration = someSamples(training, kCalibration);
    options.trainingData = training;
    Recipe recipe;
    recipe.strategy = "qat";
    recipe.target = c.target;
    recipe.parameters = c.parameters;
    const auto measure = [&](const Model &quantized) {
        return require(evaluate(quantized, model.get(), *measured, engine, {.latency = false}, job));
    };
    const QuantizedPtr trained = require(quantize(model, recipe, engine, options, job));
    const Evaluation end = measure(*trained->model);
    score.trained.add(*end.top1);
    score.reference.add(*end.referenceTop1);
    score.same = std::min(score.same, trained->training->sameTop1.value_or(0));
    const TrainingHistory &history = *trained->training;
    score.apart = std::max(
        score.apart, 100 * std::abs(history.simulatedTop1.value_or(0) - history.exportedTop1.value_or(1)));
    score.checked
        = score.checked == 0 ? history.checkedSamples : std::min(score.checked, history.checkedSamples);
    score.epochs += (score.epochs.empty() ? "" : ", ") + std::to_string(trained->training->bestEpoch);
    score.seconds = std::max(score.seconds, trained->seconds);
    recipe.parameters["epochs"] = 0;
    score.start.add(*measure(*require(quantize(model, recipe, engine, options, job))->model).top1);
    recipe.strategy = "static";
    recipe.parameters = {{"bias_correction", false}};
    for (const char *key : {"per_channel", "weight_bits", "activation_bits"}) {
        if (c.parameters.contains(key))
            recipe.parameters[key] = c.parameters[key];
    }
    score.naive.add(*measure(*require(quantize(model, recipe, engine, options, job))->model).top1);
}

Score train(const Case &c, const InferenceEngine &engine)
{
    JobContext job;
    const ModelPtr model = require(loadModel(kShared + "/models/" + c.model + ".onnx", job));
    const Preprocessing preprocessing = require(presetById(c.preset));
    const auto open = [&](const char *folder) {
        return require(
            openDataset({kShared + "/data/" + folder, 0, preprocessing}, model->graph().inputs(), job));
    };
    Score score;
    const DatasetPtr all = open(c.training);
    if (std::string(c.training) != c.evaluation) {
        train(c, model, all, open(c.evaluation), engine, score);
    } else {
        for (const std::size_t half : {0, 1})
            train(c, model, everyNthSample(all, half, 2), everyNthSample(all, 1 - half, 2), engine, score);
    }
    std::printf(
        "%-14s FP32 %6.2f  naive %6.2f  start %6.2f  trained %6.2f  recovered %5.1f %% of naive's loss, "
        "%5.1f %% of start's  same as simulated %6.2f %%, top-1 %.2f points apart  kept epoch %s  %.0f s\n",
        c.name, score.reference.percent(), score.naive.percent(), score.start.percent(),
        score.trained.percent(), 100 * score.recovered(score.naive), 100 * score.recovered(score.start),
        100 * score.same, score.apart, score.epochs.c_str(), score.seconds);
    std::fflush(stdout);
    return score;
}

} // namespace

int main(int argc, char **argv)
{
    const auto engine = makeOnnxRuntimeEngine();
    std::vector<std::pair<Case, Score>> measured;
    for (const Case &c : cases()) {
        const bool wanted = argc == 1 || std::any_of(argv + 1, argv + argc, [&](const char *name) {
                                return std::string(name) == c.name;
                            });
        if (wanted)
            measured.emplace_back(c, train(c, *engine));
    }
    bool isGood = true;
    for (const auto &[c, score] : measured)
        isGood &= holds(c, score);
    return isGood && !measured.empty() ? 0 : 1;
}
