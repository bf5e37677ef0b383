// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paramspec.h"
#include "core/base/registry.h"
#include "core/calibration/calibrator.h"
#include "core/passes/passpipeline.h"
#include "core/plan/plan.h"
#include "core/plan/recipe.h"
#include "core/targets/target.h"

namespace qs {

/// What a strategy works from: the prepared float model and the user's wishes.
struct StrategyInput
{
    ModelPtr model; ///< after the Prepare passes
    const ShapeMap &shapes; ///< of model
    const Target &target;
    const Recipe &recipe;
    ParamSet parameters; ///< complete and checked
};

/// A way to quantize. Stateless: what it needs to know it declares, what it decides it writes into a Plan,
/// and the Quantize passes carry the plan out.
class Strategy
{
public:
    virtual ~Strategy() = default;
    /// Tensors to observe. Errors: an exclude pattern or an override that matches nothing.
    virtual Result<std::vector<StatRequest>> statRequests(const StrategyInput &input) const = 0;
    virtual Result<Plan> makePlan(const StrategyInput &input, const Statistics &statistics,
                                  JobContext &job) const = 0;
};

struct StrategyDescriptor
{
    std::string id; ///< "static"
    std::string title;
    std::string help;
    bool needsCalibration = true;
    bool trains = false; ///< the plan is trained before it is carried out (core/trainer)
    std::vector<ParamSpec> params;
    std::function<std::unique_ptr<Strategy>()> make;
};
using StrategyRegistry = Registry<StrategyDescriptor>;

/// All strategies of core/strategies/*strategy.cpp.
const StrategyRegistry &builtinStrategies();

} // namespace qs
