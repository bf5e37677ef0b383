// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/passes/passpipeline.h"
#include "core/plan/recipe.h"

namespace qs {

/// Carries out \a plan on the \a prepared model: the Quantize and the Tidy passes, then what was asked for as
/// metadata. The same model, plan and recipe give the same bytes. \a shapes are those of \a prepared.
Result<PassResult> carryOut(const ModelPtr &prepared, const ShapeMap &shapes, const Plan &plan,
                            const Recipe &recipe, JobContext &job);

} // namespace qs
