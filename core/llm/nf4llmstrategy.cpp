// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointtask.h"

namespace qs {
namespace {

Result<LlmOutcome> run(const LlmTask &task, JobContext &job)
{
    LlmQuantizeOptions options;
    options.method = LlmMethod::Nf4;
    options.isDouble = task.parameters.flag("double_quantization");
    return quantizeFolder(task, options, "nf4", job);
}

} // namespace

void register_nf4llmstrategy(LlmStrategyRegistry &registry)
{
    registry.add(
        {.id = "nf4",
         .title = QS_TR_NOOP("Strategy", "NF4 for bitsandbytes"),
         .help = QS_TR_NOOP("Strategy",
                            "4 bits a weight in blocks of 64, as transformers and vLLM load them with "
                            "bitsandbytes. No text needed."),
         .needsCalibration = false,
         .params = {boolParam("double_quantization", true, QS_TR_NOOP("Params", "Double quantization"),
                              QS_TR_NOOP("Params", "Scales are quantized, too: 0.4 bits a weight less.")),
                    skipParam()},
         .run = run});
}

} // namespace qs
