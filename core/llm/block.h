// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/weightsource.h"

#include <functional>
#include <map>

namespace qs {

/// The weights of one transformer block in float32, the only ones in memory while its layer runs.
struct Block
{
    std::int64_t layer = 0;
    std::map<LinearRole, Linear> linears;
    std::vector<float> inputNorm; ///< of Gemma: 1 is added already, as in all norms here
    std::vector<float> postAttentionNorm; ///< Gemma: of what attention gives; else of what the MLP gets
    std::vector<float> preMlpNorm; ///< Gemma only
    std::vector<float> postMlpNorm; ///< Gemma only
    std::vector<float> queryNorm; ///< Qwen3 only
    std::vector<float> keyNorm; ///< Qwen3 only
};
Result<Block> loadBlock(const WeightSource &source, std::int64_t layer);

/// Sine and cosine of every position and frequency.
struct RopeTable
{
    RopeTable(const LlmConfig &config, std::int64_t positions);

    Matrix cosine; ///< [positions, rotaryDim / 2]
    Matrix sine;
};

/// Rows of queries whose scores are in memory at a time, and tokens that go through the MLP at a time.
inline constexpr std::int64_t kQueryRows = 128;
inline constexpr std::int64_t kMlpRows = 256;

/// Memory that is used again from window to window; one for each thread.
struct BlockScratch
{
    Matrix normed, query, key, value, fused, context, output, gate, up, scores, rounded;
};

/// Gets the inputs of the Linears at a point, some rows at a time in the order of the tokens.
using InputSink = std::function<void(InputPoint point, const Matrix &input)>;

/// Runs \a x [tokens, hidden], which starts at position 0, through \a block, in place.
void runBlock(const LlmConfig &config, const RopeTable &rope, const Block &block, Matrix &x,
              BlockScratch &scratch, const InputSink &sink = {});
/// Tells \a sink the inputs at \a point and does nothing that comes after; \a x stays as it is.
void captureInputs(const LlmConfig &config, const RopeTable &rope, const Block &block, const Matrix &x,
                   InputPoint point, BlockScratch &scratch, const InputSink &sink);

/// The attention of \a block, from the inputs of its query to what its output projection gives.
void runAttention(const LlmConfig &config, const RopeTable &rope, const Block &block, const Matrix &normed,
                  Matrix &output, BlockScratch &scratch);
/// The MLP of \a block, from the inputs of its gate to what its down projection gives.
void runMlp(const LlmConfig &config, const Block &block, const Matrix &normed, Matrix &output,
            BlockScratch &scratch);

/// y = x weight^T + bias. \a scratch holds inputs rounded to 8 bit, where the Linear wants them.
void applyLinear(const Linear &linear, const Matrix &x, Matrix &y, Matrix &scratch);
/// Rows of \a x by their root mean square: y = x / sqrt(mean(x^2) + epsilon) * weight (Zhang and Sennrich
/// 2019).
void rmsNorm(const Matrix &x, std::span<const float> weight, float epsilon, Matrix &y);

} // namespace qs
