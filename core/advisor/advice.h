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
    double largestDrop = 1.0; ///< points of accuracy that may be lost
};

/// A strategy with settings, and why.
struct Advice
{
    std::string strategy; ///< id; empty when nothing should be quantized
    nlohmann::json parameters = nlohmann::json::object(); ///< what differs from the strategy's defaults
    std::vector<Text> reasons;
    std::vector<Text> ifNotEnough; ///< what to try next, in order
};

/// The facts that decide: products of constant matrices gain from dynamic quantization, convolutions need
/// calibrated ranges; after that the target has its say. Sources of the rules: ONNX Runtime's quantization
/// guide (dynamic for RNN and transformers, static for CNN); Krishnamoorthi 2018, section 3 (per-channel
/// weights, depthwise layers); Nagel et al. 2019 (equalization for per-tensor weights).
Advice advise(const ModelFacts &facts, const Target &target, const Wish &wish);

} // namespace qs
