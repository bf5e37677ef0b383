// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan/placement.h"
#include "core/strategies/strategy.h"

namespace qs {

/// Range, scale and zero point for every grid of \a placement, every weight and every bias.
///   activations  range from the observer over \a statistics (or the user's override), widened to contain 0;
///                Sigmoid outputs are fixed to 1/256 steps of [0, 1) (onnxruntime QLinearSigmoid; LiteRT
///                spec)
///   weights      symmetric from the largest magnitude, zero point 0
///   bias         int32, s = s_x * s_w[c]; where |b| / s would not fit in 31 bits, s_w[c] is widened until it
///   does
///                (onnxruntime PR 22020) and a finding says so
/// Errors: a quantized activation without a finite value in \a statistics; an unknown observer in an
/// override.
Result<Plan> makeStaticPlan(const StrategyInput &input, const Target &target, const Placement &placement,
                            const Statistics &statistics, JobContext &job);

} // namespace qs
