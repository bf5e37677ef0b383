// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A trained BERT on the whole of its test set: accuracy, size and latency of dynamic and static INT8, and
// what stays float. Ends with 1 when a figure is worse than it must be; ONNX Runtime's own dynamic quantizer
// loses 0.03 points at 0.258 of the size and 0.67 of the time.
#include "core/model/modelio.h"
#include "core/run/run.h"
#include "tests/bench/require.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

using namespace qs;

namespace {

const std::string kShared = QS_SHARED_DIR;

struct Case
{
    const char *strategy;
    double largestDrop; ///< of top-1, points
    double largestSize; ///< of FP32
    double largestLatency; ///< of FP32, in the same run
};

constexpr Case kCases[] = {{"dynamic", 0.3, 0.26, 0.65}, {"static", 1.0, 0.30, 1.0}};

void printFloatNodes(const Plan &plan)
{
    std::map<std::string, int> reasons;
    for (const NodePlan &node : plan.nodes) {
        if (!node.isQuantized())
            ++reasons[node.op + ": " + node.reason.str()];
    }
    for (const auto &[reason, count] : reasons)
        std::printf("    %3d %s\n", count, reason.c_str());
}

/// Whether the figures are as good as they must be.
bool measure(const Case &c, const ModelPtr &model, const Dataset &data, const InferenceEngine &engine)
{
    JobContext job;
    Recipe recipe;
    recipe.strategy = c.strategy;
    recipe.target = "x86-vnni";
    recipe.calibration = {kShared + "/data/agnews/calibration.npz", 0, {}};
    const QuantizedPtr quantized = require(quantize(model, recipe, engine, {}, job));
    const Evaluation e = require(evaluate(*quantized->model, model.get(), data, engine, {}, job));
    const double drop = 100 * (e.referenceTop1->value - e.top1->value);
    const double size = double(e.sizeBytes) / double(e.referenceSizeBytes);
    const double latency = e.latency->medianMs / e.referenceLatency->medianMs;
    const bool isGood = drop <= c.largestDrop && size <= c.largestSize && latency <= c.largestLatency;
    std::printf("%-8s top-1 %.2f %% of %.2f %% (at most %.1f points less), size %.3f (%.2f), "
                "latency %.2f of %.2f ms = %.2f (%.2f)  %s\n",
                c.strategy, e.top1->value * 100, e.referenceTop1->value * 100, c.largestDrop, size,
                c.largestSize, e.latency->medianMs, e.referenceLatency->medianMs, latency, c.largestLatency,
                isGood ? "ok" : "WORSE");
    std::printf("    fastest runs: %.2f of %.2f ms = %.2f, which a busy machine disturbs less\n",
                e.latency->minMs, e.referenceLatency->minMs, e.latency->minMs / e.referenceLatency->minMs);
    printFloatNodes(quantized->plan);
    std::fflush(stdout);
    return isGood;
}

} // namespace

/// bench_transformer [samples]: all unless told fewer.
int main(int argc, char **argv)
{
    if (!std::filesystem::exists(kShared + "/models")) {
        std::printf("no models in %s\n", kShared.c_str());
        return 0;
    }
    const std::size_t samples = argc > 1 ? static_cast<std::size_t>(std::atoi(argv[1])) : 0;
    JobContext job;
    const auto engine = makeOnnxRuntimeEngine();
    const ModelPtr model = require(loadModel(kShared + "/models/bert-small-agnews.onnx", job));
    const DatasetPtr data = require(
        openDataset({kShared + "/data/agnews/test.npz", samples, {}}, model->graph().inputs(), job));
    bool isGood = true;
    for (const Case &c : kCases)
        isGood = measure(c, model, *data, *engine) && isGood;
    return isGood ? 0 : 1;
}
