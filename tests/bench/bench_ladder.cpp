// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What each refinement gives back: trained networks with one scale for each weight tensor, where plain
// quantization fails, and with one a channel. Top-1 with the difference to FP32 on the same samples, its 95 %
// interval and the exact McNemar test; the data calibrated with are part of those evaluated on.
#include "core/data/presets.h"
#include "core/evaluation/evaluation.h"
#include "core/model/modelio.h"
#include "core/run/run.h"
#include "tests/bench/require.h"

#include <cstdio>

using namespace qs;

namespace {

const std::string kShared = QS_SHARED_DIR;

struct Case
{
    const char *name;
    const char *model;
    const char *preset;
    const char *calibration;
    std::size_t samples;
    const char *evaluation;
};

const Case kCases[] = {
    {"mobilenet_v1", "mobilenet_v1_0.75_224", "imagenet-tf", "imagenet-dev", 100, "imagenet-dev"},
    {"mobilenet_v2", "mobilenet_v2_1.0_224", "imagenet-tf", "imagenet-dev", 100, "imagenet-dev"},
    {"squeezenet", "squeezenet_v1.0", "imagenet-caffe", "imagenet-dev", 100, "imagenet-dev"},
    {"resnet20", "resnet20_cifar10", "normalize-imagenet", "cifar10-dev", 200, "cifar10-test"},
    {"resnet56", "resnet56_cifar10", "normalize-imagenet", "cifar10-dev", 200, "cifar10-test"},
};

struct Rung
{
    const char *name;
    nlohmann::json parameters;
};

std::vector<Rung> rungs()
{
    const nlohmann::json naive {{"observer", "minmax"}, {"per_channel", false}, {"bias_correction", false}};
    std::vector<Rung> list {{"per tensor, naive", naive}};
    const auto add = [&](const char *name, nlohmann::json changes) {
        nlohmann::json parameters = list.back().parameters;
        parameters.update(changes);
        list.push_back({name, std::move(parameters)});
    };
    add("+ equalization", {{"equalize", true}});
    add("+ mse ranges of activations", {{"observer", "mse"}});
    add("+ bias correction", {{"bias_correction", true}});
    add("+ sequential bias correction", {{"sequential_bias_correction", true}});
    add("+ AdaRound", {{"adaround", true}});
    nlohmann::json perChannel = naive;
    perChannel["per_channel"] = true;
    list.push_back({"per channel, naive", std::move(perChannel)});
    add("+ mse ranges of activations", {{"observer", "mse"}});
    add("+ bias correction", {{"bias_correction", true}});
    add("+ sequential bias correction", {{"sequential_bias_correction", true}});
    add("+ AdaRound", {{"adaround", true}});
    return list;
}

void climb(const Case &c, const InferenceEngine &engine)
{
    JobContext job;
    const ModelPtr model = require(loadModel(kShared + "/models/" + c.model + ".onnx", job));
    Recipe recipe;
    recipe.target = "x86-vnni";
    recipe.calibration = {kShared + "/data/" + c.calibration, c.samples, require(presetById(c.preset))};
    const DatasetPtr data
        = require(openDataset({kShared + "/data/" + c.evaluation, 0, recipe.calibration.preprocessing},
                              model->graph().inputs(), job));
    bool first = true;
    for (const Rung &rung : rungs()) {
        recipe.parameters = rung.parameters;
        const QuantizedPtr quantized = require(quantize(model, recipe, engine, {}, job));
        const Evaluation e = require(evaluate(*quantized->model, model.get(), *data, engine,
                                              {.latency = false, .latencyOptions = {}}, job));
        if (std::exchange(first, false))
            std::printf("%s, %zu samples: FP32 %.2f %%\n", c.name, data->size(),
                        e.referenceTop1->value * 100);
        std::printf(
            "  %-30s %6.2f %%  %+6.2f [%+.2f, %+.2f]  p %.3g  agreement %.1f %%  SQNR %5.1f dB  %5.1f s\n",
            rung.name, e.top1->value * 100, e.paired->difference * 100, e.paired->low * 100,
            e.paired->high * 100, e.paired->pValue, e.agreement->value * 100, *e.outputSqnrDb,
            quantized->seconds);
        std::fflush(stdout);
    }
}

} // namespace

/// bench_ladder [network…]: mobilenet_v1 and mobilenet_v2 unless told others.
int main(int argc, char **argv)
{
    if (!std::filesystem::exists(kShared + "/models")) {
        std::printf("no models in %s\n", kShared.c_str());
        return 0;
    }
    std::vector<std::string> wanted(argv + 1, argv + argc);
    if (wanted.empty())
        wanted = {"mobilenet_v1", "mobilenet_v2"};
    const auto engine = makeOnnxRuntimeEngine();
    for (const std::string &name : wanted) {
        for (const Case &c : kCases) {
            if (name == c.name)
                climb(c, *engine);
        }
    }
    return 0;
}
