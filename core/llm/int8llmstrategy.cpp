// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointtask.h"

namespace qs {
namespace {

Result<LlmOutcome> run(const LlmTask &task, JobContext &job)
{
    LlmQuantizeOptions options;
    options.method = LlmMethod::Int8;
    options.int8Threshold = task.parameters.real("threshold");
    return quantizeFolder(task, options, "int8 per row", job);
}

} // namespace

void register_int8llmstrategy(LlmStrategyRegistry &registry)
{
    registry.add(
        {.id = "llm-int8",
         .title = QS_TR_NOOP("Strategy", "LLM.int8 for bitsandbytes"),
         .help = QS_TR_NOOP("Strategy",
                            "8 bits a weight; inputs above the threshold are computed in 16 bits. No "
                            "text needed."),
         .needsCalibration = false,
         .params = {realParam("threshold", 6.0, 0.0, 1000.0, QS_TR_NOOP("Params", "Outlier threshold"),
                              QS_TR_NOOP("Params",
                                         "Inputs from this magnitude on are outliers, 0 = none; stored "
                                         "in the configuration.")),
                    skipParam()},
         .run = run});
}

} // namespace qs
