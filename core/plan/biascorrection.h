// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan/plan.h"
#include "core/tensor/tensor.h"

namespace qs {

/// How the weight of a Conv or Gemm meets its input channels: [M, C / groups, ...], or [C, M] when not
/// transposed.
struct WeightLayout
{
    std::int64_t groups = 1;
    bool inputFirst = false; ///< Gemm with transB = 0
};

/// What to add to each output channel's bias so that rounding the weights does not move its mean:
/// -sum over c of (sum of the rounding errors of the weights for input channel c) * E[x_c].
/// Source: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019,
/// section 4.2, with the means measured by calibration. Zero padding is not looked at.
/// Empty when \a inputMeans (one a channel of the input) does not fit the weight.
std::vector<float> biasShift(const Tensor &weight, const TensorPlan &plan, const WeightLayout &layout,
                             std::span<const double> inputMeans);

} // namespace qs
