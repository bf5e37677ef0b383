// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointtask.h"

namespace qs {
namespace {

Result<LlmOutcome> run(const LlmTask &task, JobContext &job)
{
    LlmQuantizeOptions options;
    options.method = LlmMethod::Awq;
    options.scheme = groupScheme(task.parameters);
    options.scales = task.parameters.flag("scales");
    options.clips = task.parameters.flag("clips");
    options.windows = static_cast<std::size_t>(task.parameters.integer("windows"));
    return quantizeFolder(task, options, groupText(options.scheme), job);
}

} // namespace

void register_awqllmstrategy(LlmStrategyRegistry &registry)
{
    std::vector<ParamSpec> params = groupParams({"4"}, "4", false);
    params.push_back(boolParam("scales", true, QS_TR_NOOP("Params", "Scale inputs"),
                               QS_TR_NOOP("Params", "Columns with large inputs get a finer grid.")));
    params.push_back(boolParam("clips", true, QS_TR_NOOP("Params", "Clip weights"),
                               QS_TR_NOOP("Params", "Large weights are clipped where that pays.")));
    params.push_back(
        intParam("windows", 128, 1, 100000, QS_TR_NOOP("Params", "Calibration windows"),
                 QS_TR_NOOP("Params", "Windows of the calibration text, spread over it evenly.")));
    registry.add({.id = "awq",
                  .title = QS_TR_NOOP("Strategy", "AWQ for vLLM"),
                  .help = QS_TR_NOOP(
                      "Strategy", "4 bits a weight; inputs that matter are found in a text and kept finer."),
                  .needsCalibration = true,
                  .params = std::move(params),
                  .run = run});
}

} // namespace qs
