// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/decoder.h"

#include "core/llm/floatmath.h"
#include "core/llm/parallel.h"

#include <algorithm>
#include <cmath>
#include <mutex>

namespace qs {
namespace {

/// One for each thread, handed out to whoever asks.
class ScratchPool
{
public:
    std::unique_ptr<BlockScratch> take()
    {
        const std::lock_guard lock(m_mutex);
        if (m_free.empty())
            return std::make_unique<BlockScratch>();
        auto scratch = std::move(m_free.back());
        m_free.pop_back();
        return scratch;
    }
    void giveBack(std::unique_ptr<BlockScratch> scratch)
    {
        const std::lock_guard lock(m_mutex);
        m_free.push_back(std::move(scratch));
    }

private:
    std::mutex m_mutex;
    std::vector<std::unique_ptr<BlockScratch>> m_free;
};

} // namespace

Status checkTokens(const WeightSource &source, std::span<const std::int32_t> tokens)
{
    const std::int64_t vocabulary = source.config().vocabulary;
    const auto other = std::find_if(tokens.begin(), tokens.end(), [vocabulary](std::int32_t token) {
        return token < 0 || token >= vocabulary;
    });
    if (other == tokens.end())
        return Done {};
    return Error {ErrorCode::InvalidArgument, source.name(),
                  "token " + std::to_string(*other) + " is not in its vocabulary of "
                      + std::to_string(vocabulary) + "; the tokenizer is that of another model"};
}

Result<Activations> embed(const WeightSource &source, std::span<const std::int32_t> tokens,
                          std::int64_t context)
{
    const LlmConfig &config = source.config();
    QS_CHECK(checkTokens(source, tokens));
    Activations activations;
    while (!tokens.empty()) {
        const std::size_t count = std::min(tokens.size(), static_cast<std::size_t>(context));
        QS_TRY(Matrix rows, source.embeddings(tokens.first(count)));
        if (config.isGemma) {
            for (float &value : rows.values)
                value *= std::sqrt(static_cast<float>(config.hidden));
        }
        activations.push_back(std::move(rows));
        tokens = tokens.subspan(count);
    }
    return activations;
}

Status runSomeLayers(const WeightSource &source, std::int64_t first, std::int64_t end,
                     Activations &activations, int threads, JobContext &job)
{
    const LlmConfig &config = source.config();
    std::int64_t longest = 0;
    for (const Matrix &window : activations)
        longest = std::max(longest, window.rows);
    const RopeTable rope(config, longest);
    ScratchPool pool;
    for (std::int64_t layer = first; layer < end; ++layer) {
        job.throwIfStopped();
        QS_TRY(const Block block, loadBlock(source, layer));
        parallelFor(
            activations.size(),
            [&](std::size_t i) {
                job.throwIfStopped();
                auto scratch = pool.take();
                runBlock(config, rope, block, activations[i], *scratch);
                pool.giveBack(std::move(scratch));
            },
            threads);
    }
    return Done {};
}

Status runLayers(const WeightSource &source, Activations &activations, JobContext &job, int threads,
                 const std::string &stage, std::int64_t done, std::int64_t total)
{
    const std::int64_t layers = source.config().layers;
    for (std::int64_t layer = 0; layer < layers; ++layer) {
        job.progress(stage, done + layer, total > 0 ? total : layers);
        QS_CHECK(runSomeLayers(source, layer, layer + 1, activations, threads, job));
    }
    return Done {};
}

Result<Head> Head::load(const WeightSource &source)
{
    const LlmConfig &config = source.config();
    Head head;
    QS_TRY(head.m_norm, source.vector("model.norm.weight", config.hidden));
    for (float &value : head.m_norm)
        value += config.isGemma ? 1.F : 0.F;
    QS_TRY(head.m_linear, source.head());
    head.m_epsilon = config.normEpsilon;
    head.m_softcap = config.logitSoftcap;
    return head;
}

void Head::logits(const Matrix &x, std::int64_t first, std::int64_t rows, Matrix &out, Matrix &scratch) const
{
    Matrix part(rows, x.cols);
    std::copy_n(x.row(first), part.values.size(), part.values.data());
    rmsNorm(part, m_norm, m_epsilon, scratch);
    applyLinear(m_linear, scratch, out, part);
    if (m_softcap > 0)
        softcap(out.values, m_softcap);
}

std::uint64_t blockMemory(const LlmConfig &config)
{
    std::int64_t weights = 0;
    for (const LinearShape &shape : linearsOf(config))
        weights += shape.out * shape.in;
    return static_cast<std::uint64_t>(weights) * sizeof(float);
}

std::uint64_t scratchMemory(const LlmConfig &config, std::int64_t context, int threads)
{
    // Members of BlockScratch: the MLP's are of some rows, attention's of all tokens.
    const std::int64_t mlpRows = std::min(context, kMlpRows);
    const std::int64_t projected = config.queryWidth() + 2 * config.keyWidth();
    const std::int64_t fused = std::max(context * projected, mlpRows * 2 * config.intermediate)
        * (config.hasFusedProjections ? 1 : 0);
    const std::int64_t floats = context * (2 * config.hidden + projected + config.queryWidth() + kQueryRows)
        + mlpRows * (2 * config.intermediate + config.hidden) + fused;
    const auto rope = static_cast<std::uint64_t>(context * config.rotaryDim);
    return (static_cast<std::uint64_t>(threadCount(threads)) * static_cast<std::uint64_t>(floats) + rope)
        * sizeof(float);
}

std::size_t windowsFor(const LlmConfig &config, std::int64_t context, std::uint64_t bytes)
{
    const auto each = static_cast<std::uint64_t>(context * config.hidden) * sizeof(float);
    return std::max<std::size_t>(static_cast<std::size_t>(bytes / std::max<std::uint64_t>(each, 1)), 1);
}

std::vector<std::int32_t> spreadWindows(std::span<const std::int32_t> tokens, std::size_t count,
                                        std::size_t size)
{
    std::vector<std::int32_t> chosen;
    const std::size_t there = tokens.size() / size;
    count = std::min(count, there);
    for (std::size_t i = 0; i < count; ++i) {
        const auto window = tokens.subspan(i * there / count * size, size);
        chosen.insert(chosen.end(), window.begin(), window.end());
    }
    return chosen;
}

} // namespace qs
