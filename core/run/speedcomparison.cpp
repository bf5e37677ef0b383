// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/speedcomparison.h"

namespace qs {
namespace {

// Enough for a median that is good to a few percent; a network that takes a second takes eight here.
constexpr LatencyOptions kShort {.warmup = 1, .minRuns = 3, .minSeconds = 0.4, .maxRuns = 500};

} // namespace

Result<SpeedComparison> compareSpeed(const Quantized &quantized, const InferenceEngine &engine, int threads,
                                     JobContext &job)
{
    QS_TRY(const DatasetPtr data,
           openDataset({.path = "synthetic", .limit = 1, .preprocessing = {}},
                       quantized.source->graph().inputs(), job));
    QS_TRY(const Sample sample, data->sample(0));
    QS_TRY(const auto made, engine.open(*quantized.model, {.threads = threads}));
    QS_TRY(const auto reference, engine.open(*quantized.source, {.threads = threads}));
    InferenceSession *const sessions[] = {made.get(), reference.get()};
    const std::vector<NamedTensor> inputs[] = {sample.inputs, sample.inputs};
    QS_TRY(const std::vector<Latency> latencies, measureLatency(sessions, inputs, kShort, job));
    return SpeedComparison {latencies[0], latencies[1]};
}

} // namespace qs
