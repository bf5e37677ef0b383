// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/runtime/inferenceengine.h"

#include <nlohmann/json_fwd.hpp>

#include <limits>
#include <optional>

namespace qs {

/// How far a quantized tensor is from its float one.
struct DriftMetrics
{
    double sqnrDb = std::numeric_limits<double>::infinity(); ///< 10 log10(sum x^2 / sum (x-y)^2); inf = equal
    double cosine = 1;
    double maxAbs = 0;
    double clippedPercent = 0; ///< float values outside the range the grid can represent

    bool operator==(const DriftMetrics &) const = default;
};

/// One layer, matched in both models by the name of its output.
struct LayerDrift
{
    std::string name; ///< layer name in the float model
    std::string op;
    std::string tensor; ///< output compared
    DriftMetrics accumulated; ///< the quantized model on its own activations
    std::optional<DriftMetrics>
        alone; ///< this layer quantized, fed with float activations; absent for float layers
    std::vector<float> sampleSqnrDb; ///< accumulated, one a sample
    std::vector<float> sampleAloneSqnrDb; ///< empty when alone is absent
    std::vector<float>
        channelSqnrDb; ///< accumulated over samples, one a channel (dimension 1); empty for rank < 2
    std::vector<float> channelMaxAbs;

    bool operator==(const LayerDrift &) const = default;
};

/// Layers in topological order of the float model.
struct Drift
{
    std::vector<LayerDrift> layers;
    std::vector<std::string> sampleIds;
    std::uint64_t skipped = 0;
    bool synthetic = false;

    bool operator==(const Drift &) const = default;
};

struct DriftOptions
{
    int threads = 0;
    bool alone = true;
};

/// Streams \a dataset through both models and compares every layer whose output exists in both: for a
/// quantized value the integers the real kernels produce, dequantized. Works on models made by other tools:
/// QDQ, and float values that kept their name. Channels that a refinement measures in other units (see
/// ChannelUnits) are compared in those of the network as it was trained. Error when nothing matches.
Result<Drift> measureDrift(const Model &reference, const Model &quantized, const Dataset &dataset,
                           const InferenceEngine &engine, const DriftOptions &options, JobContext &job);

/// {layers:[{name, op, tensor, sqnr_db, cosine, max_abs, clipped_percent, alone:{…}}], samples, …}; infinite
/// = null.
nlohmann::json toJson(const Drift &drift);

} // namespace qs
