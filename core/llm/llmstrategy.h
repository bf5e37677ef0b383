// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/paramspec.h"
#include "core/base/registry.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace qs {

/// One language model to quantize.
struct LlmTask
{
    std::filesystem::path source; ///< Hugging Face folder or GGUF file
    std::filesystem::path output; ///< folder or .gguf, as the strategy writes; appears whole or not at all
    ParamSet parameters; ///< complete and checked
    std::filesystem::path calibration; ///< text; empty = none
    int threads = 0; ///< 0 = all cores
};

struct LlmTensorOutcome
{
    std::string name;
    std::string type; ///< "Q4_K", "int4 g128"
    double bitsPerWeight = 0;
    double relativeError = 0; ///< |w - q| / |w|, root of the sums of squares; 0 for what was copied
};

struct LlmOutcome
{
    std::uint64_t sizeBytes = 0; ///< of all that was written
    double bitsPerWeight = 0;
    std::vector<LlmTensorOutcome> tensors;
};

/// A way to quantize language models, from checkpoint to checkpoint, a part at a time.
struct LlmStrategyDescriptor
{
    std::string id; ///< "gguf"
    std::string title;
    std::string help;
    bool needsCalibration = false;
    std::string outputSuffix = {}; ///< of the file it writes, ".gguf"; empty = it writes a folder
    std::vector<ParamSpec> params;
    Result<LlmOutcome> (*run)(const LlmTask &task, JobContext &job) = nullptr;
};
using LlmStrategyRegistry = Registry<LlmStrategyDescriptor>;

/// All strategies of core/llm/*llmstrategy.cpp.
const LlmStrategyRegistry &builtinLlmStrategies();

/// A folder with a config.json, or a file that starts as GGUF files do.
bool isLanguageModel(const std::filesystem::path &path);

/// The tokens of the text file \a text as the model \a model, a folder or a GGUF file, counts them. Errors
/// name the file.
Result<std::vector<std::int32_t>> tokensOf(const std::filesystem::path &text,
                                           const std::filesystem::path &model);

} // namespace qs
