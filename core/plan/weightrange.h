// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan/plan.h"
#include "core/tensor/tensor.h"

namespace qs {

/// Narrows every range of \a plan, the plan of \a weight, to the part of it for which quantizing makes the
/// smallest sum of squared errors, clipped values included. Candidates go down to a fifth of the largest
/// magnitude in steps of a hundredth (the clipping of Banner et al., "Post training 4-bit quantization of
/// convolutional networks", NeurIPS 2019, by search instead of a model of the distribution). The error is
/// never larger than that of the ranges as they were.
void takeLeastErrorRanges(const Tensor &weight, TensorPlan &plan);

} // namespace qs
