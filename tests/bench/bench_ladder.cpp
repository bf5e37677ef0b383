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

#include <algorithm>
#include <cstdio>
#include <functional>

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
    double largestDrop; ///< of the best rung of one scale a channel, points of top-1
    /// Top-1 of ONNX Runtime 1.21's static tool on the same data: FP32, one scale a tensor, one a channel.
    double peerFloat;
    double peerTensor;
    double peerChannel;
};

const Case kCases[] = {
    {"mobilenet_v1", "mobilenet_v1_0.75_224", "imagenet-tf", "imagenet-dev", 100, "imagenet-dev", 1.0, 83.4,
     1.6, 80.2},
    {"mobilenet_v2", "mobilenet_v2_1.0_224", "imagenet-tf", "imagenet-dev", 100, "imagenet-dev", 1.0, 86.2,
     6.2, 86.4},
    {"squeezenet", "squeezenet_v1.0", "imagenet-caffe", "imagenet-dev", 100, "imagenet-dev", 1.0, 62.0, 60.2,
     60.8},
    {"resnet20", "resnet20_cifar10", "normalize-imagenet", "cifar10-dev", 200, "cifar10-test", 0.3, 80.45,
     80.80, 80.55},
    {"resnet56", "resnet56_cifar10", "normalize-imagenet", "cifar10-dev", 200, "cifar10-test", 0.3, 84.15,
     83.95, 84.00},
    {"resnet20_jpegft", "resnet20_cifar10_jpegft", "normalize-imagenet", "cifar10-dev", 200, "cifar10-test",
     0.3, 87.6, 87.4, 87.8},
};

struct Rung
{
    const char *name;
    nlohmann::json parameters;

    bool isPerChannel() const { return parameters.at("per_channel").get<bool>(); }
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

/// Best top-1 in percent of the rungs of one kind.
struct Best
{
    const char *rung = "";
    double top1 = -1;

    void take(const char *name, double percent)
    {
        if (percent > top1)
            *this = {name, percent};
    }
};

/// Prints \a best beside the peer's figure; whether it is as good.
bool isNoWorse(const char *kind, const Best &best, double peer)
{
    constexpr double kRounding = 0.005; // figures are given to a hundredth of a point
    const bool isGood = best.top1 >= peer - kRounding;
    std::printf("  %-11s ours %6.2f %% (%s), ONNX Runtime's tool %6.2f %%  %s\n", kind, best.top1, best.rung,
                peer, isGood ? "ok" : "WORSE");
    return isGood;
}

bool isWithin(const Case &c, const Best &best, double reference)
{
    const bool isGood = reference - best.top1 <= c.largestDrop + 1e-9;
    std::printf("  %-11s %+.2f points, at most %.1f less; FP32 of the peer %.2f %%  %s\n", "of FP32",
                best.top1 - reference, c.largestDrop, c.peerFloat, isGood ? "ok" : "WORSE");
    return isGood;
}

/// Whether the best rungs are as good as they must be.
bool climb(const Case &c, const InferenceEngine &engine)
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
    double reference = 0;
    Best perTensor;
    Best perChannel;
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
        reference = e.referenceTop1->value * 100;
        (rung.isPerChannel() ? perChannel : perTensor).take(rung.name, e.top1->value * 100);
    }
    const bool isGood[]
        = {isNoWorse("per tensor", perTensor, c.peerTensor),
           isNoWorse("per channel", perChannel, c.peerChannel), isWithin(c, perChannel, reference)};
    std::fflush(stdout);
    return std::ranges::all_of(isGood, std::identity());
}

} // namespace

/// bench_ladder [network…]: mobilenet_v1 and mobilenet_v2 unless told others. Ends with 1 when the best rungs
/// are below ONNX Runtime's own tool, or lose too much.
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
    bool isGood = true;
    for (const std::string &name : wanted) {
        const auto *const c
            = std::ranges::find_if(kCases, [&](const Case &each) { return name == each.name; });
        if (c == std::end(kCases)) {
            std::fprintf(stderr, "no network '%s'\n", name.c_str());
            return 2;
        }
        isGood = climb(*c, *engine) && isGood;
    }
    return isGood ? 0 : 1;
}
