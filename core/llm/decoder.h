// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/llm/block.h"

namespace qs {

/// What runs through a decoder at the same time: some windows of a text, each from position 0 on.
using Activations = std::vector<Matrix>; ///< each [tokens, hidden]

/// InvalidArgument names the first of \a tokens that \a source has no embedding for: before the work, not
/// when its window comes.
Status checkTokens(const WeightSource &source, std::span<const std::int32_t> tokens);

/// Rows of the embeddings for windows of \a context tokens; the last window may be shorter. Tokens outside of
/// the vocabulary are InvalidArgument.
Result<Activations> embed(const WeightSource &source, std::span<const std::int32_t> tokens,
                          std::int64_t context);

/// Runs \a activations through all blocks, loading one at a time, on \a threads threads (0 = all cores).
/// Progress is told in layers, as stage \a stage, from \a done of \a total on.
Status runLayers(const WeightSource &source, Activations &activations, JobContext &job, int threads = 0,
                 const std::string &stage = "evaluate", std::int64_t done = 0, std::int64_t total = 0);
/// The same from layer \a first up to \a end, without a word of progress.
Status runSomeLayers(const WeightSource &source, std::int64_t first, std::int64_t end,
                     Activations &activations, int threads, JobContext &job);

/// The end of a decoder: last norm and the scores of all tokens.
class Head
{
public:
    static Result<Head> load(const WeightSource &source);

    /// Scores [rows, vocabulary] of \a rows rows of \a x from \a first on.
    void logits(const Matrix &x, std::int64_t first, std::int64_t rows, Matrix &out, Matrix &scratch) const;

private:
    Linear m_linear;
    std::vector<float> m_norm;
    float m_epsilon = 0;
    float m_softcap = 0;
};

/// Bytes of a block in float32, and of what each thread needs beside it to run windows of \a context tokens
/// through it.
std::uint64_t blockMemory(const LlmConfig &config);
std::uint64_t scratchMemory(const LlmConfig &config, std::int64_t context, int threads);

/// How many windows of \a context tokens fit into \a bytes of activations, at least 1.
std::size_t windowsFor(const LlmConfig &config, std::int64_t context, std::uint64_t bytes);

/// \a count windows of \a size of \a tokens, one behind the other, spread evenly over the text; no more than
/// there are.
std::vector<std::int32_t> spreadWindows(std::span<const std::int32_t> tokens, std::size_t count,
                                        std::size_t size);

} // namespace qs
