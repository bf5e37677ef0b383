// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/decoder.h"
#include "core/llm/groupedweights.h"

#include <set>

/// AWQ (Lin et al. 2023): inputs that are large get a finer grid, by scaling their columns up and whatever
/// makes them down; then large weights are clipped where that pays. Details as AutoAWQ has them.
namespace qs {

struct AwqOptions
{
    GroupScheme scheme {4, 128, false, true};
    int grid = 20; ///< exponents and clip limits that are tried
    bool usesWeightMeans = true; ///< scales take the weights' sizes into account ("duo scaling")
    bool scales = true;
    bool clips = true;
    double maxShrink = 0.5; ///< clip limits go down to this share of the largest weight
    std::int64_t clipTokens = 512; ///< tokens by which clip limits are judged
    std::set<LinearRole> skipped = {}; ///< Linears of the block that must stay as they are
};

/// Codes with AWQ's zeros; quotients are rounded to binary16 first, as the reference computes.
GroupedWeights roundAwq(const Matrix &weight, const GroupScheme &scheme);

/// Mean of |w| / (largest |w| of its group) over all rows of all \a weights, for each input.
std::vector<float> awqWeightMeans(std::span<const Matrix *const> weights, const GroupScheme &scheme);
/// s = x^ratio / (w^(1 - ratio) + 1e-4), at least 1e-4, divided by sqrt(max s * min s). Without \a
/// weightMeans: s = x^ratio. What is no number becomes 1.
std::vector<float> awqScale(std::span<const float> inputMeans, std::span<const float> weightMeans,
                            double ratio);
/// Clamps each group of each row to the limit with the least error in what it adds to the outputs.
void clipAwq(Matrix &weight, const Matrix &inputs, const AwqOptions &options);

struct AwqGroupReport
{
    InputPoint point;
    double ratio = 0; ///< of the scale that was best
    double loss = 0; ///< mean squared error of the outputs with it
    double plainLoss = 0; ///< without scaling
};
/// Bytes of memory that prepareAwq() takes at the most, beside block and windows.
std::uint64_t awqMemory(const LlmConfig &config, std::size_t windows, std::int64_t context, int threads);

/// Finds scales and clip limits for \a block by its inputs \a windows and changes the block accordingly:
/// norms and rows are divided, columns multiplied, weights clamped. Rounding is left to the caller; before it
/// and without clipping the block computes what it did.
std::vector<AwqGroupReport> prepareAwq(const LlmConfig &config, const RopeTable &rope, Block &block,
                                       std::span<const Matrix> windows, const AwqOptions &options,
                                       JobContext &job, int threads = 0);

} // namespace qs
