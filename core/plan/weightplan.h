// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan/plan.h"
#include "core/tensor/tensor.h"

namespace qs {

/// A grid from the largest magnitude for the whole of \a weight (float32, finite), or one for each slice
/// along \a axis. With \a leading, slices are counted across the dimensions before the axis as well.
TensorPlan planWeight(const std::string &name, const Tensor &weight, std::optional<int> axis,
                      const QuantScheme &scheme, bool leading = false);

} // namespace qs
