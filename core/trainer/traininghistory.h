// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/quantmath.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qs {

/// One pass over the training samples; epoch 0 is the quantized model before training.
struct TrainingEpoch
{
    int epoch = 0;
    std::optional<double> loss; ///< mean over the training samples, while the weights changed; none for 0
    std::optional<double> accuracy; ///< 0..1, likewise; with labels only
    double validationLoss = 0; ///< of the simulated integers, after the epoch; of the training samples when
                               ///< none are held back
    std::optional<double> validationAccuracy; ///< 0..1, with labels only
    double learningRate = 0; ///< at the end of the epoch
    double seconds = 0;
    std::map<std::string, Range> ranges; ///< activation → what its grid reaches

    bool operator==(const TrainingEpoch &) const = default;
};

/// How the exported integers differ from what training simulated, for one activation.
struct SimulationDifference
{
    std::string tensor;
    double changed = 0; ///< share of values that are another integer
    int largest = 0; ///< steps of the grid
    double sqnrDb = 0;

    bool operator==(const SimulationDifference &) const = default;
};

/// How a training went, for curves, reports and checkpoints.
struct TrainingHistory
{
    std::string engine; ///< "libtorch 1.13.1"
    std::string supervision; ///< "labels", "distillation" or "both"
    std::int64_t samples = 0;
    std::int64_t validationSamples = 0;
    int plannedEpochs = 0;
    std::vector<TrainingEpoch> epochs;
    std::vector<float> stepLosses; ///< every \c stepStride -th step's
    int stepStride = 1;
    std::int64_t stepsPerEpoch = 0;
    int bestEpoch = 0; ///< whose weights were kept
    std::vector<SimulationDifference> differences; ///< in the order of the network
    /// Samples of the check for which simulation and exported model choose the same class, 0..1.
    std::optional<double> sameTop1;
    std::int64_t checkedSamples = 0;
    /// Of the samples of the check that have labels, how many each of the two got right, 0..1.
    std::optional<double> simulatedTop1;
    std::optional<double> exportedTop1;

    void addStepLoss(float loss); ///< thins out what there is before it grows long
    bool operator==(const TrainingHistory &) const = default;
};

nlohmann::json toJson(const TrainingHistory &history);
/// Throws nlohmann::json::exception where \a json is not such a history.
TrainingHistory trainingHistoryFromJson(const nlohmann::json &json);

} // namespace qs
