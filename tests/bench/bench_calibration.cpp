// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What calibration costs beside plain FP32 inference of the same samples, decoding included on both sides:
//   plain      one session with all threads, decode and run in turn: what everybody's loop does
//   parallel   the calibrator itself with nothing to collect: the same inference as well arranged as it can
//   calibrate  what static INT8 collects: extents, moments, histograms, means of the channels of layers'
//   inputs
// Each is the best of several rounds in one run, interleaved, because the machine may be shared. First the
// peak of memory for 50 and 500 samples, each in a process of its own.
#include "core/calibration/calibrator.h"
#include "core/data/presets.h"
#include "core/model/modelio.h"
#include "core/strategies/strategy.h"
#include "tests/bench/require.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qs;

namespace {

const std::string kShared = QS_SHARED_DIR;

struct Case
{
    const char *model;
    const char *data;
    const char *preset;
    std::size_t samples;
};

/// Wall and processor seconds; the second tells what is done even where other programs take turns.
struct Seconds
{
    double wall = 1e9;
    double processor = 1e9;

    template <typename Work> void time(Work work)
    {
        const auto start = std::chrono::steady_clock::now();
        const std::clock_t used = std::clock();
        work();
        wall
            = std::min(wall, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        processor = std::min(processor, double(std::clock() - used) / CLOCKS_PER_SEC);
    }
};

void plainInference(const Model &model, const Dataset &data, const InferenceEngine &engine)
{
    JobContext job;
    const auto session = require(engine.open(model, {}));
    SampleReader reader(data, job);
    while (const auto next = require(reader.next()))
        require(session->run(next->second.inputs, job));
}

/// A model as the strategy gets it, and what static INT8 wants to know of it: the same for every observer.
struct Task
{
    ModelPtr model;
    std::vector<StatRequest> requests;
};

Task prepare(const char *name, const InferenceEngine &engine)
{
    JobContext job;
    Recipe recipe;
    const ModelPtr original = require(loadModel(kShared + "/models/" + name, job));
    const ModelPtr model = require(runPasses(original, builtinPasses(), PassPhase::Prepare,
                                             {.shapes = inferShapes(*original, &engine, job)}, job))
                               .model;
    const ShapeMap shapes = inferShapes(*model, &engine, job);
    const StrategyDescriptor &strategy = *require(builtinStrategies().require("static", "strategy"));
    const StrategyInput input {model, shapes, *require(builtinTargets().require("x86-vnni", "target")),
                               recipe, ParamSet(strategy.params)};
    return {model, mergeRequests(require(strategy.make()->statRequests(input)))};
}

DatasetPtr openData(const Case &c, const Model &model, std::size_t samples)
{
    JobContext job;
    const DataSpec spec {kShared + "/data/" + c.data, samples, require(presetById(c.preset))};
    return require(openDataset(spec, model.graph().inputs(), job));
}

StatisticsPtr collect(const Model &model, const Dataset &data, const InferenceEngine &engine,
                      std::span<const StatRequest> requests)
{
    JobContext job;
    return require(calibrate(model, data, requests, engine, {}, job));
}

void compare(const Case &c, const InferenceEngine &engine, int rounds)
{
    const auto [model, requests] = prepare(c.model, engine);
    const DatasetPtr data = openData(c, *model, c.samples);
    Seconds plain;
    Seconds parallel;
    Seconds full;
    std::uint64_t values = 0;
    for (int round = 0; round < rounds; ++round) {
        plain.time([&] { plainInference(*model, *data, engine); });
        parallel.time([&] { collect(*model, *data, engine, {}); });
        full.time([&] {
            values = 0;
            const StatisticsPtr statistics = collect(*model, *data, engine, requests);
            for (const auto &[name, tensor] : statistics->tensors)
                values += tensor.count;
        });
    }
    std::printf("%s: %zu samples, %zu tensors, %.2f M values a sample\n", c.model, data->size(),
                requests.size(), double(values) / double(data->size()) / 1e6);
    std::printf("  wall s: plain %.3f, parallel %.3f, calibrate %.3f = %.2f x plain, %.2f x parallel\n",
                plain.wall, parallel.wall, full.wall, full.wall / plain.wall, full.wall / parallel.wall);
    std::printf("  processor s: plain %.3f, parallel %.3f, calibrate %.3f = %.2f x plain, %.2f x parallel\n",
                plain.processor, parallel.processor, full.processor, full.processor / plain.processor,
                full.processor / parallel.processor);
    std::fflush(stdout);
}

/// In a child, because what an earlier run has left in the heap would count. To be called before there are
/// threads.
void peakMemory(const Case &c, std::size_t samples)
{
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        const auto engine = makeOnnxRuntimeEngine();
        const auto [model, requests] = prepare(c.model, *engine);
        const DatasetPtr data = openData(c, *model, samples);
        collect(*model, *data, *engine, requests);
        rusage usage {};
        getrusage(RUSAGE_SELF, &usage);
        std::printf("%-28s %4zu samples: peak %ld MiB\n", c.model, data->size(), usage.ru_maxrss / 1024);
        std::fflush(stdout);
        _exit(0);
    }
    waitpid(child, nullptr, 0);
}

} // namespace

/// bench_calibration [rounds [samples]]
int main(int argc, char **argv)
{
    if (!std::filesystem::exists(kShared + "/models")) {
        std::printf("no models in %s\n", kShared.c_str());
        return 0;
    }
    std::vector<Case> cases {
        {"mobilenet_v1_0.75_224.onnx", "imagenet-dev", "imagenet-tf", 100},
        {"mobilenet_v2_1.0_224.onnx", "imagenet-dev", "imagenet-tf", 100},
        {"squeezenet_v1.0.onnx", "imagenet-dev", "imagenet-caffe", 100},
        {"resnet20_cifar10.onnx", "cifar10-dev", "normalize-imagenet", 400},
    };
    for (const Case &c : cases) {
        for (const std::size_t samples : {50U, 500U})
            peakMemory(c, samples);
    }
    const auto engine = makeOnnxRuntimeEngine();
    for (Case &c : cases) {
        c.samples = argc > 2 ? static_cast<std::size_t>(std::atoi(argv[2])) : c.samples;
        compare(c, *engine, argc > 1 ? std::atoi(argv[1]) : 5);
    }
    return 0;
}
