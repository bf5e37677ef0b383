// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/checkpointwork.h"

#include "core/llm/ggufconvert.h"
#include "core/llm/parallel.h"
#include "core/llm/tokenizer.h"
#include "core/llm/weightsource.h"

#include <chrono>

namespace qs {
namespace {

bool isSameFile(const std::filesystem::path &a, const std::filesystem::path &b)
{
    std::error_code ignored;
    return std::filesystem::equivalent(a, b, ignored) || a.lexically_normal() == b.lexically_normal();
}

Result<std::shared_ptr<const TextQuality>> qualityOf(const std::filesystem::path &model,
                                                     const std::filesystem::path &reference,
                                                     std::span<const std::int32_t> tokens,
                                                     const CheckpointMeasure &measure, JobContext &job)
{
    QS_TRY(const WeightSourcePtr weights, openCheckpoint(model));
    WeightSourcePtr other;
    if (!reference.empty()) {
        QS_TRY(other, openCheckpoint(reference));
    }
    auto quality = std::make_shared<TextQuality>();
    quality->text = measure.text;
    quality->windows = measure.windows;
    QS_TRY(quality->result,
           measurePerplexity(*weights, tokens, {.maxWindows = measure.windows, .threads = measure.threads},
                             other.get(), job));
    return std::shared_ptr<const TextQuality>(std::move(quality));
}

/// \a run with its quality; as it is where that is known already.
Result<CheckpointRunPtr> measured(const CheckpointRunPtr &run, const CheckpointRun *original,
                                  std::span<const std::int32_t> tokens, const CheckpointMeasure &measure,
                                  const PublishCheckpointRun &publish, JobContext &job)
{
    if (run->quality && run->quality->isOf(measure.text, measure.windows))
        return run;
    auto fuller = std::make_shared<CheckpointRun>(*run);
    QS_TRY(fuller->quality,
           qualityOf(run->path, original ? original->path : std::filesystem::path(), tokens, measure, job));
    publish(fuller);
    return CheckpointRunPtr(std::move(fuller));
}

} // namespace

std::uint64_t checkpointBytes(const std::filesystem::path &path)
{
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored)) {
        const auto size = std::filesystem::file_size(path, ignored);
        return ignored ? 0 : size;
    }
    std::uint64_t sum = 0;
    for (std::filesystem::directory_iterator it(path, ignored), end; !ignored && it != end;
         it.increment(ignored)) {
        if (it->path().extension() != ".safetensors")
            continue;
        std::error_code gone; // counts nothing
        const auto size = it->file_size(gone);
        sum += gone ? 0 : size;
    }
    return sum;
}

std::string OpenedCheckpoint::name() const
{
    const std::filesystem::path last = path.filename();
    return last.empty() ? path.parent_path().filename().string() : last.string();
}

Result<OpenedCheckpointPtr> openCheckpointFile(const std::filesystem::path &path, JobContext &job)
{
    job.progress("load", 0, 0);
    auto opened = std::make_shared<OpenedCheckpoint>();
    opened->path = path;
    QS_TRY(opened->view, viewCheckpoint(path));
    opened->fileBytes = checkpointBytes(path);
    job.throwIfStopped();
    const auto tokenizer = openTokenizer(path);
    if (tokenizer.ok())
        opened->tokens = (*tokenizer)->size();
    else
        opened->tokenizerError = tokenizer.error().detail;
    job.throwIfStopped();
    opened->ggufHeader = unchangedGgufHeader(path, job);
    return OpenedCheckpointPtr(std::move(opened));
}

Result<CheckpointRunPtr> performCheckpointRun(const CheckpointRunRequest &request,
                                              const PublishCheckpointRun &publish, JobContext &job)
{
    const LlmTask &task = request.task;
    const ThreadLimit limit(task.threads);
    if (isSameFile(task.source, task.output))
        return Error {ErrorCode::InvalidArgument, task.output.string(),
                      request.strategy ? "is the model itself; write to another place"
                                       : "is the model itself; add another one"};
    // A text that is not there must not be found out after an hour of quantizing.
    std::vector<std::int32_t> tokens;
    if (!request.measure.text.empty()) {
        QS_TRY(tokens, tokensOf(request.measure.text, task.source));
    }
    auto run = std::make_shared<CheckpointRun>();
    run->id = request.id;
    run->name = request.name;
    run->path = task.output;
    if (request.strategy) {
        const auto started = std::chrono::steady_clock::now();
        run->strategy = request.strategy->id;
        run->parameters = task.parameters.toJson();
        QS_CHECK(request.strategy->run(task, job));
        run->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    }
    QS_TRY(CheckpointView view, viewCheckpoint(task.output));
    run->view = std::make_shared<CheckpointView>(std::move(view));
    run->fileBytes = checkpointBytes(task.output);
    if (request.strategy) // what was added from elsewhere has to prove first that it is the same model
        publish(std::make_shared<CheckpointRun>(*run));
    QS_TRY(WeightDrift drift, compareWeights(task.source, task.output, job));
    run->drift = std::make_shared<WeightDrift>(std::move(drift));
    publish(std::make_shared<CheckpointRun>(*run));
    if (tokens.empty())
        return CheckpointRunPtr(std::move(run));
    QS_CHECK(measured(request.original, nullptr, tokens, request.measure, publish, job));
    return measured(run, request.original.get(), tokens, request.measure, publish, job);
}

Status measureCheckpointRuns(const std::vector<CheckpointRunPtr> &runs, const CheckpointMeasure &measure,
                             const PublishCheckpointRun &publish, JobContext &job)
{
    if (runs.empty())
        return Done {};
    const CheckpointRunPtr &original = runs.front();
    QS_TRY(const std::vector<std::int32_t> tokens, tokensOf(measure.text, original->path));
    for (const CheckpointRunPtr &run : runs)
        QS_CHECK(measured(run, run == original ? nullptr : original.get(), tokens, measure, publish, job));
    return Done {};
}

} // namespace qs
