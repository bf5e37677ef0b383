// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commandline/command.h"
#include "app/commandline/options.h"

#include <vector>

/// What the verbs do when MODEL is a Hugging Face folder or a GGUF file.
namespace qs {

/// Wrong usage, told before the verb runs: the model in \a model is a language model, and an option was
/// given that the verb does not read for it. \a names are those it does read. \a model outlives \a app.
ParseCheck takeForLanguageModels(const CLI::App &app, const std::string &model,
                                 std::vector<std::string> names);

struct LlmQuantizeRequest
{
    std::string model;
    std::string output;
    std::string strategy;
    std::vector<std::string> settings; ///< KEY=VALUE
    std::string calibration; ///< text file
    int threads = 0;
};
Result<CommandOutput> quantizeLanguageModel(const LlmQuantizeRequest &request, JobContext &job);

struct LlmEvaluateRequest
{
    std::string model;
    std::string text;
    std::string reference; ///< another checkpoint with the same vocabulary; may be empty
    std::size_t limit = 0; ///< windows; 0 = all
    int threads = 0;
};
Result<CommandOutput> evaluateLanguageModel(const LlmEvaluateRequest &request, JobContext &job);

/// Tensors, types, bits and how the model says it was quantized; nothing runs.
Result<CommandOutput> inspectLanguageModel(const std::string &path);

/// The weights of two checkpoints side by side, the worst first; no data is needed.
Result<CommandOutput> compareLanguageModels(const std::string &original, const std::string &quantized,
                                            int threads, JobContext &job);

} // namespace qs
