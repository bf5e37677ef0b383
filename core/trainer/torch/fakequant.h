// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/traingraph.h"

#include <ATen/ATen.h>

namespace qs {

/// A grid while it is learned. The scale is base · e^(delta / reach), so that delta = 0 is the grid training
/// started from, to the last bit, and delta says how many integer steps the end of the range has moved: the
/// same step is as much for 4 bits as for 8, and for scales of every size.
struct LearnedGrid
{
    LearnedGrid(const TrainGrid &grid, at::ScalarType floating);

    TrainGrid start;
    at::Tensor base; ///< scales, [channels] or [1]
    at::Tensor delta; ///< like base; a leaf with gradient where it is learned
    double reach = 1; ///< integers from the middle of the grid to its end
    at::Tensor zero; ///< zero points, not rounded; a leaf with gradient where they are learned
    bool learnsZero = false;

    at::Tensor scale() const; ///< no gradient
    std::vector<ScaleZeroPoint> params() const;
    void setParams(const std::vector<ScaleZeroPoint> &params);
    /// Back to what the grid may be: within the real limits of an absorbed activation, zero points within the
    /// integers.
    void clampToLimits();
};

/// (clamp(round(x / s) + z, min, max) - z) · s with s and z of \a grid; rounds half to even, as
/// QuantizeLinear does. Backward: straight through inside the limits, 0 outside (Bengio et al. 2013); for the
/// scale round(x / s) - x / s inside and the bound's distance from z outside (Esser et al. 2020, LSQ); for
/// the zero point -s outside (Bhalgat et al. 2020, LSQ+).
at::Tensor fakeQuantize(const at::Tensor &x, const LearnedGrid &grid);

/// A bias as int32 steps of \a inputScale · \a weightScale; the gradient passes unchanged.
at::Tensor fakeQuantizeBias(const at::Tensor &bias, const at::Tensor &inputScale,
                            const at::Tensor &weightScale);

/// What \a grid reaches as training starts, as a running range: a tensor of its minimum and maximum.
at::Tensor rangeAtStart(const LearnedGrid &grid);
/// Moves \a running towards what \a x holds, keeping the share \a momentum of it.
void observe(const at::Tensor &x, const at::Tensor &running, double momentum);
/// Sets scale and zero point of \a grid so that it holds all of \a running, the ranges of what is rounded to
/// it, within its limits.
void fitGrid(LearnedGrid &grid, const std::vector<at::Tensor> &running);

} // namespace qs
