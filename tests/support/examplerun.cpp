// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/examplerun.h"

#include "core/model/layertable.h"

#include <cmath>

namespace qs::test {

namespace {

TensorStatistics statisticsFor(int seed)
{
    TensorStatistics statistics;
    std::vector<float> values(4000);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(std::sin(0.37 * static_cast<double>(i)) * (1 + seed) * 0.5
                                       * std::cos(0.011 * static_cast<double>(i)));
    statistics.histogram.emplace();
    statistics.histogram->add(values);
    statistics.extent = statistics.histogram->extent();
    statistics.movingAverage = statistics.extent;
    statistics.count = values.size();
    return statistics;
}

LayerDrift driftFor(const Layer &layer, int seed)
{
    LayerDrift drift;
    drift.name = layer.name;
    drift.op = layer.op;
    drift.tensor = layer.outputs.front();
    drift.accumulated = {40.0 - seed, 0.99, 0.01 * seed, 0.1};
    drift.alone = DriftMetrics {45.0 - seed, 0.999, 0.005 * seed, 0.0};
    for (int i = 0; i < 4; ++i) {
        drift.sampleSqnrDb.push_back(static_cast<float>(38 - seed + i));
        drift.sampleAloneSqnrDb.push_back(static_cast<float>(44 - seed + i));
    }
    drift.channelSqnrDb = {30.F, 31.F, 32.F};
    drift.channelMaxAbs = {0.1F, 0.2F, 0.3F};
    return drift;
}

Evaluation makeEvaluation()
{
    Evaluation e;
    e.samples = 4;
    e.top1 = makeProportion(3, 4);
    e.top5 = makeProportion(4, 4);
    e.referenceTop1 = makeProportion(4, 4);
    e.agreement = makeProportion(3, 4);
    e.paired = PairedComparison {1, 0, 1.0, -0.25, -0.6, 0.1};
    e.outputSqnrDb = 31.5;
    e.sizeBytes = 1000;
    e.referenceSizeBytes = 3900;
    e.latency = Latency {0.5, 0.6, 0.4, 30, 5, 2};
    e.referenceLatency = Latency {1.0, 1.2, 0.9, 30, 5, 2};
    for (std::size_t i = 0; i < 4; ++i)
        e.results.push_back(
            {"#" + std::to_string(i), i, 1, i == 2 ? 0 : 1, 1, 30.0 + static_cast<double>(i)});
    return e;
}

}

RunPtr makeExampleRun(const ModelPtr &source, const ModelPtr &prepared, const std::string &name)
{
    JobContext job;
    const std::vector<Layer> layers = makeLayerTable(*prepared, inferShapes(*prepared, nullptr, job));
    auto statistics = std::make_shared<Statistics>();
    auto drift = std::make_shared<Drift>();
    Quantized quantized;
    quantized.source = source;
    quantized.prepared = prepared;
    quantized.model = prepared;
    int seed = 0;
    for (const Layer &layer : layers) {
        const std::string &output = layer.outputs.front();
        statistics->tensors[output] = statisticsFor(seed);
        drift->layers.push_back(driftFor(layer, seed++));
        quantized.plan.nodes.push_back({layer.name, layer.op,
                                        layer.op != "Flatten" ? NodeForm::Integer : NodeForm::Float,
                                        "integer kernel"});
        const Range range = statistics->tensors[output].extent;
        quantized.plan.tensors[output]
            = {output, TensorRole::Activation, {}, {range}, {chooseScale(range, {})}, {},
               {},     "minmax over 4 samples"};
    }
    statistics->samples = 4;
    statistics->fingerprint = std::string(64, 'b');
    drift->sampleIds = {"#0", "#1", "#2", "#3"};
    quantized.recipe.calibration.path = "synthetic";
    quantized.statistics = statistics;
    quantized.findings
        = {{Severity::Warning, "clipped-activations", layers.front().name, "3 % of the values are cut off"},
           {Severity::Info, "opset-raised", {}, "from 7 to 13"}};
    auto run = std::make_shared<Run>();
    run->name = name;
    run->quantized = std::make_shared<Quantized>(std::move(quantized));
    run->evaluation = std::make_shared<Evaluation>(makeEvaluation());
    run->drift = std::move(drift);
    return run;
}

} // namespace qs::test
