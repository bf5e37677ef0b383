// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointtask.h"

namespace qs {
namespace {

Result<LlmOutcome> run(const LlmTask &task, JobContext &job)
{
    LlmQuantizeOptions options;
    options.method = LlmMethod::Hqq;
    options.scheme = groupScheme(task.parameters);
    return quantizeFolder(task, options, groupText(options.scheme), job);
}

} // namespace

void register_hqqllmstrategy(LlmStrategyRegistry &registry)
{
    registry.add({.id = "hqq",
                  .title = QS_TR_NOOP("Strategy", "HQQ, without data"),
                  .help = QS_TR_NOOP("Strategy",
                                     "Each group's zero is moved until outliers stop mattering; a GPTQ "
                                     "checkpoint. No text needed."),
                  .needsCalibration = false,
                  .params = groupParams({"2", "3", "4", "8"}, "4", false),
                  .run = run});
}

} // namespace qs
