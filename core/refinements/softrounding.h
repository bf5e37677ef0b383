// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/refinements/gram.h"

#include <cstdint>

namespace qs {

/// Some rows of a weight in steps of their grid: what rounding down leaves and what rounding up adds.
struct RowsToRound
{
    std::size_t count = 0; ///< at most Gram::kRows
    std::vector<float>
        down; ///< lower integer minus value, -1 < d <= 0 (beyond where saturated); row stride of the Gram
    std::vector<float> step; ///< upper minus lower integer: 1, or 0 where both saturate
};

/// What the choice made of the rows: 1 a weight = up, and the errors d^T G d before and after.
struct RoundedRows
{
    std::vector<std::uint8_t> up; ///< with the stride of the Gram
    double nearestError = 0; ///< of rounding to nearest
    double error = 0;
};

/// AdaRound (Nagel et al., "Up or Down? Adaptive Rounding for Post-Training Quantization", ICML 2020): each
/// weight gets h = clip(1.2 sigmoid(v) - 0.1, 0, 1) of a step, and v goes down the gradient (Adam) of the
/// reconstruction error plus a regularizer 1 - |2h - 1|^beta, whose beta falls from 20 to 2, so that every h
/// ends at 0 or 1. The error is the exact one of all positions in \a gram instead of a batch's, in units of
/// what rounding to nearest costs on average a weight. Then single weights are turned as long as that helps.
/// Never worse than rounding to nearest; the same on every run.
RoundedRows roundSoftly(const RowsToRound &rows, const Gram &gram, int iterations);

} // namespace qs
