// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"

namespace qs {

/// \a strategy for \a target on eight made-up samples; static with the observer minmax.
Recipe syntheticRecipe(const std::string &target, const std::string &strategy = "static");

Result<QuantizedPtr> quantizeModel(const ModelPtr &model, const Recipe &recipe);

/// "QLinearConv 2, com.microsoft.QLinearAdd 1": kernels of the graph as the runtime rewrites it, sorted; Q
/// and DQ left out.
std::string kernelsOf(const Model &model);

/// Signal over error of the first output on the data that syntheticRecipe() calibrates with: the question is
/// the arithmetic, not how well ranges carry over.
double syntheticSqnrDb(const Model &reference, const Model &model);

} // namespace qs
