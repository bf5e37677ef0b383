// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"
#include "core/plan/plan.h"

namespace qs {

/// What \a quantized, made by any tool, does to the layers and tensors of the float model \a reference, as
/// far as their names tell: the plan that would have made it. Its strategy and target are empty: it cannot be
/// carried out. Error: damaged parameters.
Result<Plan> readPlan(const Model &reference, const Model &quantized);

} // namespace qs
