// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/advisor/modelfacts.h"
#include "core/base/text.h"
#include "core/targets/target.h"

#include <nlohmann/json.hpp>

namespace qs {

/// What the user has and wants.
struct Wish
{
    bool hasCalibration = true; ///< or can get some samples
    bool hasLabels = false;
    bool mayTrain = false; ///< time and data for fine-tuning
    bool mayTune = true; ///< willing to quantize at all, not only to use what is there
    bool crossPlatform = false; ///< one file for several kinds of machines
    bool onGpu = false; ///< a language model that GPUs serve
    double largestDrop = 1.0; ///< points of accuracy that may be lost
};

/// Smaller drops are a matter for training: static quantization of a compact CNN may well lose half a point.
inline constexpr double kStrictDrop = 0.5;

/// A strategy with settings, and why.
struct Advice
{
    std::string strategy; ///< id; empty when nothing should be quantized
    std::string target; ///< id: the one that was asked about, or the one for several kinds of machines
    bool isReadyMade = false; ///< open a model that is quantized already, in place of quantizing this one
    nlohmann::json parameters = nlohmann::json::object(); ///< what differs from the strategy's defaults
    std::vector<Text> reasons;
    std::vector<Text> ifNotEnough; ///< what to try next, in order
};

/// The facts that decide: products of constant matrices gain from dynamic quantization, convolutions need
/// calibrated ranges; after that the target has its say. Sources of the rules: ONNX Runtime's quantization
/// guide (dynamic for RNN and transformers, static for CNN); Krishnamoorthi 2018, section 3 (per-channel
/// weights, depthwise layers); Nagel et al. 2019 (equalization for per-tensor weights). \a targets has the
/// one that runs everywhere.
Advice advise(const ModelFacts &facts, const Target &target, const Wish &wish,
              const TargetRegistry &targets = builtinTargets());

/// \a advice for someone who does not want to quantize: where ready-made models are, and then what else.
/// Others are returned as they are.
Advice heedTuning(Advice advice, const Wish &wish);

} // namespace qs
