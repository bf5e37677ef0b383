// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/refinements/refinement.h"

namespace qs {

struct RefinedModel
{
    ModelPtr model;
    ShapeMap shapes; ///< of model
    std::vector<Rescale> rescales; ///< that made it of the input's model, for the plan
};

/// The one door for refinements of the model: runs those of \a refinements that the parameters switch on, in
/// order, times each, checks that the model still loads and runs, and records each in \a reports. One finding
/// says by how much the outputs changed on a few samples where that is more than rounding.
Result<RefinedModel> refineModel(const RefinementInput &input, const RefinementRegistry &refinements,
                                 std::vector<PassReport> &reports, JobContext &job);

/// The same for those of the plan.
Status refinePlan(Plan &plan, const RefinementInput &input, const RefinementRegistry &refinements,
                  std::vector<PassReport> &reports, JobContext &job);

} // namespace qs
