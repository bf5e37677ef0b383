// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/calibration/calibrator.h"
#include "core/passes/pass.h"
#include "core/plan/recipe.h"
#include "core/plan/rescale.h"
#include "core/strategies/strategy.h"

namespace qs {

/// What a refinement may look at and use.
struct RefinementInput
{
    ModelPtr model; ///< float: prepared, with what earlier refinements changed
    const ShapeMap &shapes; ///< of model
    const Target &target;
    const Recipe &recipe;
    const ParamSet &parameters;
    const InferenceEngine &engine;
    std::function<Result<DatasetPtr>()> data; ///< the calibration data, opened when first asked for
    CalibrationOptions options;
    StatisticsPtr statistics; ///< of the calibration; null before it
};

/// Makes a model easier to quantize, or a plan better than rounding to nearest. Optional: the first of its
/// parameters is the switch. It decides with the float model and calibration data and writes into the plan
/// what it decided, so that plan and prepared model give the quantized model again without it.
struct RefinementDescriptor
{
    std::string id; ///< "equalize"
    std::string title;
    std::string help;
    int order = 0; ///< those that change the model run in ascending order, then those that change the plan
    std::vector<ParamSpec> params; ///< the first is a flag with the key of the id; they join the strategy's
    /// Before calibration: which channels of the model to measure in other units. Exactly one of the two is
    /// set.
    std::function<Result<std::vector<Rescale>>(const RefinementInput &input, PassReport &report,
                                               JobContext &job)>
        rescale;
    /// After planning.
    std::function<Status(Plan &plan, const RefinementInput &input, PassReport &report, JobContext &job)>
        refine;
};
using RefinementRegistry = Registry<RefinementDescriptor>;

/// All refinements of core/refinements/*refinement.cpp.
const RefinementRegistry &builtinRefinements();

/// Parameters of all built-in refinements, for a strategy that takes them in.
std::vector<ParamSpec> refinementParams();

} // namespace qs
