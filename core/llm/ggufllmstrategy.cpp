// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufbudget.h"
#include "core/llm/ggufconvert.h"
#include "core/llm/ggufplan.h"
#include "core/llm/ggufpreview.h"
#include "core/llm/importancecollector.h"
#include "core/llm/llmstrategy.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

Result<std::unique_ptr<GgufSource>> openSource(const std::filesystem::path &path, JobContext &job)
{
    if (std::filesystem::is_directory(path))
        return openHfFolder(path, job);
    QS_TRY(GgufFilePtr file, GgufFile::open(path));
    return std::unique_ptr<GgufSource>(std::make_unique<GgufFileSource>(std::move(file)));
}

ImportanceOptions importanceOptions(const LlmTask &task)
{
    ImportanceOptions options;
    options.windows = static_cast<std::size_t>(task.parameters.integer("windows"));
    options.threads = task.threads;
    return options;
}

GgufBudgetOptions budgetOf(const LlmTask &task, const GgufQuantizeOptions &options)
{
    GgufBudgetOptions budget;
    budget.bitsPerWeight = task.parameters.real("bits_per_weight");
    budget.importance = options.importance;
    budget.rules = options.types.rules;
    budget.threads = task.threads;
    return budget;
}

/// What a task needs of the model beside its tensors: how it is run on the calibration text.
struct Calibration
{
    WeightSourcePtr model; ///< null when nothing is measured
    std::vector<std::int32_t> tokens;
    bool makesImportance = false;
    bool makesSensitivity = false;
};

Result<Calibration> openCalibration(const LlmTask &task)
{
    Calibration calibration;
    if (task.calibration.empty())
        return calibration;
    calibration.makesImportance = task.parameters.text("imatrix").empty();
    calibration.makesSensitivity = task.parameters.real("bits_per_weight") > 0;
    if (calibration.makesImportance || calibration.makesSensitivity) {
        QS_TRY(calibration.model, openCheckpoint(task.source));
        QS_TRY(calibration.tokens, tokensOf(task.calibration, task.source));
    }
    return calibration;
}

/// Everything that can be found out before the model runs: whether the source can be quantized, and what it
/// takes.
Status preflight(const LlmTask &task, const GgufSource &source, const Calibration &calibration,
                 GgufQuantizeOptions options, JobContext &job)
{
    options.types.hasImportance = calibration.makesImportance;
    const GgufBudgetOptions budget = budgetOf(task, options);
    if (budget.bitsPerWeight > 0) {
        QS_TRY(options.choices, smallestGgufTypes(source, budget));
    }
    QS_TRY(const GgufPlan plan, planGguf(source, options));
    std::uint64_t disk = plan.fileBytes;
    if (budget.bitsPerWeight > 0) {
        double elements = 0;
        for (const GgufTensorInfo &tensor : plan.header.tensors)
            elements += double(tensor.elements());
        disk = plan.header.dataStart
            + static_cast<std::uint64_t>(std::ceil(elements * budget.bitsPerWeight / 8));
    }
    std::uint64_t memory = ggufQuantizeMemory(source.header(), task.threads);
    if (calibration.makesImportance)
        memory = std::max(memory, importanceMemory(calibration.model->config(), importanceOptions(task)));
    if (calibration.makesSensitivity)
        memory = std::max(memory, sensitivityMemory(calibration.model->config(), task.threads));
    QS_CHECK(tellGgufNeeds(task.output, disk, memory, job));
    if (budget.bitsPerWeight == 0)
        tellGgufTypes(source, plan, job);
    return Done {};
}

Result<ImportanceMatrix> collectedImportance(const LlmTask &task, const Calibration &calibration,
                                             JobContext &job)
{
    auto matrix = collectImportance(*calibration.model, calibration.tokens, importanceOptions(task), job);
    if (!matrix.ok())
        return Error {matrix.error().code, task.calibration.string(), matrix.error().detail};
    matrix->datasets = {task.calibration.string()};
    return matrix;
}

/// Types for the bits a weight that were asked for: by what each costs the model on the calibration text, or
/// by the errors of the weights alone.
Status solveTypes(const LlmTask &task, const GgufSource &source, const Calibration &calibration,
                  GgufQuantizeOptions &options, JobContext &job)
{
    const GgufBudgetOptions budget = budgetOf(task, options);
    GgufSensitivity sensitivity;
    if (calibration.makesSensitivity) {
        QS_TRY(sensitivity, measureSensitivity(source, *calibration.model, calibration.tokens, budget, job));
    }
    QS_TRY(options.choices, solveGgufTypes(source, sensitivity, budget, job));
    options.mix = &nearestGgufMix(source.header(), options.choices);
    return Done {};
}

Result<LlmOutcome> run(const LlmTask &task, JobContext &job)
{
    GgufQuantizeOptions options;
    QS_TRY(options.mix, requireGgufMix(task.parameters.text("type")));
    QS_TRY(options.types.rules, parseGgufTypeRules(task.parameters.text("tensor_types")));
    options.types.isPure = task.parameters.flag("pure");
    options.allowRequantize = task.parameters.flag("requantize");
    options.threads = task.threads;
    QS_TRY(const auto source, openSource(task.source, job));
    QS_TRY(Calibration calibration, openCalibration(task));
    ImportanceMatrix importance;
    if (const std::string &path = task.parameters.text("imatrix"); !path.empty()) {
        QS_TRY(importance, readImatrix(path));
    }
    options.importance = importance.entries.empty() ? nullptr : &importance;
    QS_CHECK(preflight(task, *source, calibration, options, job));
    if (calibration.makesImportance) {
        QS_TRY(importance, collectedImportance(task, calibration, job));
        options.importance = &importance;
    }
    if (task.parameters.real("bits_per_weight") > 0) {
        QS_CHECK(solveTypes(task, *source, calibration, options, job));
        QS_TRY(const GgufPlan plan, planGguf(*source, options));
        tellGgufTypes(*source, plan, job);
    }
    calibration = {}; // its memory goes
    QS_TRY(const GgufQuantizeResult result, quantizeGguf(*source, task.output, options, job));
    LlmOutcome outcome;
    outcome.sizeBytes = result.byteSize;
    outcome.bitsPerWeight = result.bitsPerWeight();
    for (const GgufQuantizedTensor &tensor : result.tensors)
        outcome.tensors.push_back({tensor.name, std::string(ggmlTraits(tensor.to).name),
                                   tensor.bitsPerWeight(), std::sqrt(tensor.relativeError)});
    return outcome;
}

std::vector<ParamSpec> params()
{
    std::vector<std::string> mixes;
    for (const GgufMix &mix : ggufMixes())
        mixes.emplace_back(mix.name);
    return {
        choiceParam("type", "Q4_K_M", std::move(mixes), QS_TR_NOOP("Params", "Mix"),
                    QS_TR_NOOP("Params", "Types of the tensors, as llama.cpp's quantizer mixes them.")),
        realParam(
            "bits_per_weight", 0, 0, 16, QS_TR_NOOP("Params", "Bits a weight"),
            QS_TR_NOOP("Params",
                       "Size to keep to, in place of a mix; 0 = none. Each tensor gets the type that costs "
                       "least for the whole, measured on the calibration text where there is one.")),
        choiceParam(
            "imatrix", "", {}, QS_TR_NOOP("Params", "Importance matrix"),
            QS_TR_NOOP("Params",
                       "File of llama.cpp's imatrix tool; columns that matter are kept closer. Without "
                       "one it is made of the calibration text.")),
        intParam("windows", 128, 1, 100000, QS_TR_NOOP("Params", "Calibration windows"),
                 QS_TR_NOOP("Params", "Windows of the calibration text, spread over it evenly.")),
        choiceParam(
            "tensor_types", "", {}, QS_TR_NOOP("Params", "Types by name"),
            QS_TR_NOOP("Params", "PATTERN=TYPE, comma-separated: tensors whose name matches get that type.")),
        boolParam("pure", false, QS_TR_NOOP("Params", "Pure"),
                  QS_TR_NOOP("Params", "One type for all that is quantized.")),
        boolParam("requantize", false, QS_TR_NOOP("Params", "From quantized"),
                  QS_TR_NOOP("Params", "Accept a source that is quantized already; it loses twice."))};
}

} // namespace

void register_ggufllmstrategy(LlmStrategyRegistry &registry)
{
    registry.add({.id = "gguf",
                  .title = QS_TR_NOOP("Strategy", "GGUF for llama.cpp"),
                  .help = QS_TR_NOOP("Strategy",
                                     "Q2_K to Q8_0 and their mixes, in one file with the tokenizer, byte "
                                     "for byte as llama.cpp's quantizer makes it."),
                  .needsCalibration = false,
                  .outputSuffix = ".gguf",
                  .params = params(),
                  .run = run});
}

} // namespace qs
