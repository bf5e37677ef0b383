// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paramspec.h"
#include "core/trainer/trainingengine.h"

#include <nlohmann/json_fwd.hpp>

namespace qs {

enum class Supervision { Distillation, Labels, Both };
const char *toString(Supervision supervision); ///< "distillation", "labels" or "both"

enum class RangeTraining {
    Learned, ///< scales and zero points get gradients (LSQ)
    MovingAverage, ///< they follow what passes through, then freeze
    Frozen, ///< they stay as calibrated
};

/// How to train: the parameters of the strategy, read once.
struct TrainingSettings
{
    int epochs = 0;
    int batchSize = 0; ///< samples between two steps of the optimizer
    double learningRate = 0;
    double scaleRate = 0; ///< see StepRates::scales
    OptimizerOptions optimizer;
    double warmUp = 0; ///< share of all steps over which the rates rise from 0
    Supervision supervision = Supervision::Distillation;
    double temperature = 1;
    std::string distilledLayers; ///< regular expression on layer names; empty = outputs only
    double layerWeight = 1;
    RangeTraining ranges = RangeTraining::Learned;
    double freezeAfter = 1; ///< share of the epochs after which ranges stay as they are
    /// Share of the epochs in which folded batch normalization follows each batch's statistics.
    double freezeNormalizationAfter = 0;
    bool flip = false;
    int crop = 0; ///< pixels of padding from which a random crop is taken
    bool augments() const { return flip || crop > 0; }
    double validationShare = 0; ///< of the samples, never trained on
    int patience = 0; ///< epochs without a better one before it ends; 0 = never
    std::uint64_t seed = 0;
    bool deterministic = true;
};

std::vector<ParamSpec> trainingParams();
/// Errors: an augmentation that is not known, a regular expression that is none.
Result<TrainingSettings> trainingSettings(const ParamSet &parameters);

/// All of them, to tell one training from another.
nlohmann::json toJson(const TrainingSettings &settings);

/// Rates at step \a step of \a steps: linear warm-up, then half a cosine down to 0 (Loshchilov and Hutter
/// 2017).
StepRates ratesAt(const TrainingSettings &settings, std::int64_t step, std::int64_t steps);

} // namespace qs
