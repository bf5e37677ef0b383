// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointtask.h"

namespace qs {
namespace {

Result<LlmOutcome> run(const LlmTask &task, JobContext &job)
{
    LlmQuantizeOptions options;
    options.method = LlmMethod::Gptq;
    options.scheme = groupScheme(task.parameters);
    options.damping = task.parameters.real("damping");
    options.usesActOrder = task.parameters.flag("act_order");
    options.hasStaticGroups = task.parameters.flag("static_groups");
    options.searchesScales = task.parameters.flag("search_scales");
    options.windows = static_cast<std::size_t>(task.parameters.integer("windows"));
    const std::string &format = task.parameters.text("format");
    options.format = format == "gptq" ? LlmFormat::GptqV1
        : format == "gptq-v2"         ? LlmFormat::GptqV2
                                      : LlmFormat::Auto;
    return quantizeFolder(task, options, groupText(options.scheme), job);
}

} // namespace

void register_gptqllmstrategy(LlmStrategyRegistry &registry)
{
    std::vector<ParamSpec> params = groupParams({"2", "3", "4", "8"}, "4", true);
    params.push_back(
        realParam("damping", 0.01, 0.0001, 0.9, QS_TR_NOOP("Params", "Damping"),
                  QS_TR_NOOP("Params", "Share of the mean second moment that is added to each input's.")));
    params.push_back(boolParam("act_order", true, QS_TR_NOOP("Params", "Activation order"),
                               QS_TR_NOOP("Params", "Columns with the largest inputs are rounded first.")));
    params.push_back(boolParam(
        "static_groups", true, QS_TR_NOOP("Params", "Static groups"),
        QS_TR_NOOP("Params", "Groups stay neighbours under activation order, which fast kernels want.")));
    params.push_back(
        boolParam("search_scales", false, QS_TR_NOOP("Params", "Search scales"),
                  QS_TR_NOOP("Params", "Each group's scale by its error instead of its range.")));
    params.push_back(
        intParam("windows", 128, 1, 100000, QS_TR_NOOP("Params", "Calibration windows"),
                 QS_TR_NOOP("Params", "Windows of the calibration text, spread over it evenly.")));
    params.push_back(choiceParam("format", "auto", {"auto", "gptq", "gptq-v2"},
                                 QS_TR_NOOP("Params", "Checkpoint format"),
                                 QS_TR_NOOP("Params", "gptq stores zeros less one, gptq-v2 as they are.")));
    registry.add({.id = "gptq",
                  .title = QS_TR_NOOP("Strategy", "GPTQ for vLLM and transformers"),
                  .help = QS_TR_NOOP("Strategy",
                                     "2 to 8 bits a weight; what rounding a column loses is taken back in "
                                     "those that follow. Needs a text."),
                  .needsCalibration = true,
                  .params = std::move(params),
                  .run = run});
}

} // namespace qs
