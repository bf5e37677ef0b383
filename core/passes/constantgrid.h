// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan/plan.h"
#include "core/tensor/tensor.h"

namespace qs {

/// \a constant (float32) on the grids of \a plan, in its integer type (8 or 16 bits): one grid, or one for
/// each slice along plan.axis. With fewer dimensions on the axis than grids, the leading dimensions count
/// too: [directions, 4 * hidden, input] with axis 1 takes directions * 4 * hidden grids.
Tensor quantizeConstant(const Tensor &constant, const TensorPlan &plan);

} // namespace qs
