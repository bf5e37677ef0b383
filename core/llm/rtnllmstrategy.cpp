// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointtask.h"

namespace qs {
namespace {

Result<LlmOutcome> run(const LlmTask &task, JobContext &job)
{
    LlmQuantizeOptions options;
    options.method = LlmMethod::Rtn;
    options.scheme = groupScheme(task.parameters);
    options.searchesScales = task.parameters.flag("search_scales");
    return quantizeFolder(task, options, groupText(options.scheme), job);
}

} // namespace

void register_rtnllmstrategy(LlmStrategyRegistry &registry)
{
    std::vector<ParamSpec> params = groupParams({"2", "3", "4", "8"}, "4", true);
    params.push_back(
        boolParam("search_scales", false, QS_TR_NOOP("Params", "Search scales"),
                  QS_TR_NOOP("Params", "Each group's scale by its error instead of its range.")));
    registry.add({.id = "rtn",
                  .title = QS_TR_NOOP("Strategy", "Round to nearest"),
                  .help = QS_TR_NOOP("Strategy",
                                     "The yardstick: every weight to the nearest code of its group; a GPTQ "
                                     "checkpoint. No text needed."),
                  .needsCalibration = false,
                  .params = std::move(params),
                  .run = run});
}

} // namespace qs
