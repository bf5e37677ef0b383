// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/carryout.h"

#include "core/data/presets.h"

#include <iterator>

namespace qs {

Result<PassResult> carryOut(const ModelPtr &prepared, const ShapeMap &shapes, const Plan &plan,
                            const Recipe &recipe, JobContext &job)
{
    const PassContext context {.shapes = shapes, .plan = &plan};
    QS_TRY(PassResult result, runPasses(prepared, builtinPasses(), PassPhase::Quantize, context, job));
    QS_TRY(PassResult tidied, runPasses(result.model, builtinPasses(), PassPhase::Tidy, context, job));
    std::move(tidied.reports.begin(), tidied.reports.end(), std::back_inserter(result.reports));
    GraphEdit edit(*tidied.model);
    if (recipe.calibration.preprocessing)
        edit.setMetadata(kPreprocessingKey, toJson(*recipe.calibration.preprocessing).dump());
    edit.setMetadata(kRecipeKey, toJson(recipe).dump());
    QS_TRY(result.model, edit.finish());
    return result;
}

} // namespace qs
