// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/command.h"
#include "app/commandline/options.h"

#include "core/data/dataset.h"
#include "core/model/modelio.h"
#include "core/runtime/latency.h"

#include <CLI/CLI.hpp>

namespace qs {
namespace {

/// Keeps the times of a tiny model within memory; the wanted seconds decide otherwise.
constexpr int kMaxRuns = 1'000'000;

struct BenchOptions
{
    std::vector<std::string> models;
    int threads = 0;
    double seconds = 2;
};

Result<CommandOutput> bench(const BenchOptions &options, JobContext &job)
{
    const auto engine = makeOnnxRuntimeEngine();
    std::vector<ModelPtr> models;
    std::vector<std::unique_ptr<InferenceSession>> sessions;
    std::vector<InferenceSession *> pointers;
    std::vector<std::vector<NamedTensor>> inputs;
    for (const std::string &path : options.models) {
        QS_TRY(ModelPtr model, loadModel(path, job));
        QS_TRY(const DatasetPtr data,
               openDataset({.path = "synthetic", .limit = 1, .preprocessing = {}}, model->graph().inputs(),
                           job));
        QS_TRY(Sample sample, data->sample(0));
        QS_TRY(auto session, engine->open(*model, {.threads = options.threads}));
        inputs.push_back(std::move(sample.inputs));
        pointers.push_back(session.get());
        sessions.push_back(std::move(session));
        models.push_back(std::move(model));
    }
    QS_TRY(const std::vector<Latency> latencies,
           measureLatency(pointers, inputs, {.minSeconds = options.seconds, .maxRuns = kMaxRuns}, job));
    CommandOutput output;
    output.json = {{"runtime", engine->version()}, {"models", nlohmann::json::array()}};
    std::vector<std::vector<std::string>> rows {{"model", "size", "median ms", "p90 ms", "ratio"}};
    for (std::size_t i = 0; i < models.size(); ++i) {
        const Latency &latency = latencies[i];
        output.json["models"].push_back({{"path", options.models[i]},
                                         {"size_bytes", models[i]->sizeBytes()},
                                         {"latency_ms",
                                          {{"median", latency.medianMs},
                                           {"p90", latency.p90Ms},
                                           {"min", latency.minMs},
                                           {"runs", latency.runs},
                                           {"threads", latency.threads}}}});
        rows.push_back({options.models[i], formatBytes(models[i]->sizeBytes()),
                        formatNumber(latency.medianMs, 3), formatNumber(latency.p90Ms, 3),
                        formatNumber(latency.medianMs / latencies[0].medianMs, 2)});
    }
    output.text = formatTable(rows) + engine->version() + ", " + std::to_string(latencies[0].threads)
        + " threads, models in turn, synthetic input; ratio to the first model\n";
    return output;
}

} // namespace

CommandBody setUpBench(CLI::App &app)
{
    const auto options = std::make_shared<BenchOptions>();
    app.add_option("models", options->models, "ONNX files")->required();
    addThreadsOption(app, options->threads);
    app.add_option("--seconds", options->seconds, "Time measured for each model")
        ->check(CLI::Range(0.1, 3600.0));
    return [options](JobContext &job) { return bench(*options, job); };
}

} // namespace qs
