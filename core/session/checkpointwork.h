// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paramspec.h"
#include "core/llm/checkpointview.h"
#include "core/llm/ggufheader.h"
#include "core/llm/llmstrategy.h"
#include "core/llm/perplexity.h"
#include "core/llm/tensorgrid.h"

#include <functional>
#include <memory>

/// What the window does with language models, on values; CheckpointWorkflow starts it.
namespace qs {

/// A language model with everything the window shows of it before it is quantized.
struct OpenedCheckpoint
{
    std::filesystem::path path; ///< Hugging Face folder or GGUF file
    CheckpointView view;
    std::uint64_t fileBytes = 0; ///< of the file, or of those of the folder with weights
    std::size_t tokens = 0; ///< of the tokenizer; 0 = there is none
    std::string tokenizerError; ///< why there is none
    /// Of the GGUF file that would hold it unchanged; null where there can be none.
    std::shared_ptr<const GgufHeader> ggufHeader;

    std::string name() const; ///< last part of the path
};
using OpenedCheckpointPtr = std::shared_ptr<const OpenedCheckpoint>;

/// How well a checkpoint predicts a text.
struct TextQuality
{
    std::filesystem::path text;
    std::size_t windows = 0; ///< as asked for; 0 = all
    PerplexityResult result; ///< with divergence, save for the original

    bool isOf(const std::filesystem::path &otherText, std::size_t otherWindows) const
    {
        return text == otherText && windows == otherWindows;
    }
};

/// One row of the table: the original, or what became of it. Parts are null until they are made.
struct CheckpointRun
{
    int id = 0; ///< 0 = the original
    std::string name; ///< "#1 gguf Q4_K_M"
    std::string strategy; ///< empty: the original, or made elsewhere
    nlohmann::json parameters; ///< of the strategy
    std::filesystem::path path; ///< what was written
    std::shared_ptr<const CheckpointView> view;
    std::uint64_t fileBytes = 0; ///< as of OpenedCheckpoint
    std::shared_ptr<const WeightDrift> drift; ///< null for the original
    std::shared_ptr<const TextQuality> quality;
    double seconds = 0; ///< that quantizing took; 0 = not known
};
using CheckpointRunPtr = std::shared_ptr<const CheckpointRun>;
using PublishCheckpointRun = std::function<void(CheckpointRunPtr)>;

/// Bytes of the file, or of those of the folder with weights; 0 when it is not there.
std::uint64_t checkpointBytes(const std::filesystem::path &path);

/// Errors name the file: not there, damaged, no model. Stage: "load".
Result<OpenedCheckpointPtr> openCheckpointFile(const std::filesystem::path &path, JobContext &job);

/// What to measure with.
struct CheckpointMeasure
{
    std::filesystem::path text; ///< empty = nothing is measured
    std::size_t windows = 0; ///< the first so many; 0 = all
    int threads = 0; ///< 0 = all cores
};

/// What the Run button asks for, as one value.
struct CheckpointRunRequest
{
    int id = 0;
    std::string name;
    const LlmStrategyDescriptor *strategy = nullptr; ///< null: \a task.output is there already
    LlmTask task;
    CheckpointRunPtr original; ///< measured too, where it is not yet
    CheckpointMeasure measure;
};

/// Quantizes, compares the weights and measures. \a publish gets the run as it grows, and the original when
/// it was measured; the finished run is returned. Errors: what the strategy says; an output that is the
/// source.
Result<CheckpointRunPtr> performCheckpointRun(const CheckpointRunRequest &request,
                                              const PublishCheckpointRun &publish, JobContext &job);

/// Measures those of \a runs that are not yet, the original first. \a publish gets each.
Status measureCheckpointRuns(const std::vector<CheckpointRunPtr> &runs, const CheckpointMeasure &measure,
                             const PublishCheckpointRun &publish, JobContext &job);

} // namespace qs
