// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/checkpointtask.h"

#include <charconv>

namespace qs {
namespace {

std::int64_t numberOf(const std::string &text)
{
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

} // namespace

Result<LlmOutcome> quantizeFolder(const LlmTask &task, LlmQuantizeOptions options, const std::string &type,
                                  JobContext &job)
{
    options.threads = task.threads;
    options.skip = task.parameters.text("skip");
    QS_CHECK(checkOptions(options));
    if (!std::filesystem::is_directory(task.source))
        return Error {ErrorCode::Unsupported, task.source.string(),
                      "is no Hugging Face folder, which this strategy starts from"};
    std::vector<std::int32_t> tokens;
    if (needsCalibration(options.method)) {
        QS_TRY(tokens, tokensOf(task.calibration, task.source));
    }
    QS_TRY(const LlmQuantizeReport report,
           quantizeCheckpoint(task.source, task.output, options, tokens, job));
    LlmOutcome outcome;
    outcome.sizeBytes = report.sizeBytes;
    outcome.bitsPerWeight = report.bitsPerWeight;
    for (const LlmModuleReport &module : report.modules)
        outcome.tensors.push_back({module.module, type, report.bitsPerWeight, module.relativeError});
    return outcome;
}

std::vector<ParamSpec> groupParams(std::vector<std::string> bits, std::string defaultBits, bool hasSymmetry)
{
    // RTN, GPTQ and HQQ themselves take any number from 2 to 8.
    const char *const help = bits.size() > 1
        ? QS_TR_NOOP("Params", "Of a weight: 2, 3, 4 and 8 are what the format of the file holds.")
        : QS_TR_NOOP("Params", "Of a weight.");
    std::vector<ParamSpec> params {
        choiceParam("bits", std::move(defaultBits), std::move(bits), QS_TR_NOOP("Params", "Bits"), help),
        intParam("group_size", 128, -1, 4096, QS_TR_NOOP("Params", "Group size"),
                 QS_TR_NOOP("Params", "Inputs that share a scale in each row; -1 = all of them.")),
    };
    if (hasSymmetry)
        params.push_back(
            boolParam("symmetric", true, QS_TR_NOOP("Params", "Symmetric groups"),
                      QS_TR_NOOP("Params", "The zero is the middle code; else each group has its own.")));
    params.push_back(skipParam());
    return params;
}

ParamSpec skipParam()
{
    return choiceParam(
        "skip", "", {}, QS_TR_NOOP("Params", "Modules kept"),
        QS_TR_NOOP("Params",
                   "Regular expression: Linears whose name it is found in stay unquantized, e.g. "
                   "down_proj or layers\\.0\\. for the first block."));
}

GroupScheme groupScheme(const ParamSet &parameters)
{
    GroupScheme scheme;
    scheme.bits = static_cast<int>(numberOf(parameters.text("bits")));
    scheme.groupSize = parameters.integer("group_size");
    scheme.isSymmetric = parameters.contains("symmetric") && parameters.flag("symmetric");
    return scheme;
}

std::string groupText(const GroupScheme &scheme)
{
    return "int" + std::to_string(scheme.bits)
        + (scheme.groupSize > 0 ? " g" + std::to_string(scheme.groupSize) : " per row");
}

} // namespace qs
