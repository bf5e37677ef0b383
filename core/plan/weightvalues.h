// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan/plan.h"
#include "core/tensor/tensor.h"

namespace qs {

/// Which of plan.params each run of equal-channel elements has: element i belongs to
/// params[i / inner % params.size()].
std::size_t elementsPerChannel(const Shape &shape, const TensorPlan &plan);

/// The integers (8 bits) that stand for the float32 constant \a weight: rounded to nearest, or up and down as
/// plan.roundUp says, then saturated.
Tensor quantizedConstant(const Tensor &weight, const TensorPlan &plan);

/// The integer below \a x on the grid of \a params, before the zero point: floor(x / scale).
float lowerStep(float x, float scale);

} // namespace qs
