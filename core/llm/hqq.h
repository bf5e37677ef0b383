// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/groupedweights.h"

namespace qs {

struct HqqOptions
{
    double norm = 0.7; ///< p of the error's norm; below 1 it forgives outliers
    double beta = 10; ///< weight of the coupling at first
    double kappa = 1.01; ///< what beta grows by at each step
    int steps = 20;
    bool hasWholeZeros = true; ///< zeros are whole codes, as GPTQ's and AWQ's files store them
};

/// Half-quadratic quantization: moves each group's zero so that sum |w - w_q|^p becomes small, without data.
/// Badri and Shaji, "Half-Quadratic Quantization of Large Machine Learning Models" (2023). Asymmetric
/// whatever \a scheme says.
GroupedWeights quantizeHqq(const Matrix &weight, const GroupScheme &scheme, const HqqOptions &options = {});

} // namespace qs
