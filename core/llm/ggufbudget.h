// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/llm/ggufmix.h"
#include "core/llm/ggufsource.h"
#include "core/llm/imatrix.h"
#include "core/llm/weightsource.h"

/// Types for the tensors of a GGUF file of a given size, by what each costs the model's predictions.
///
/// The predictions' divergence from the original is taken as a sum over tensors of a(t) * r(t)^2, r the
/// relative error of what the tensor gives (its weights, by the importance of their columns), which holds for
/// small errors (Malinovskii et al. 2024, "Pushing the limits of large language model quantization via the
/// linearity theorem"). The factors a are measured: tensors of one kind and depth are quantized alone and the
/// model run on text. Then the sum is minimized under the size by going from the smallest types up, each time
/// where a bit takes most off it, which along convex curves is what Lagrange's multiplier gives.
namespace qs {

struct GgufBudgetOptions
{
    double bitsPerWeight = 4.5; ///< of all tensors together
    const ImportanceMatrix *importance = nullptr;
    std::vector<GgufTypeRule> rules; ///< tensors they match have their type beforehand
    int threads = 0;
};

/// a(t) for tensors of a file, by name.
using GgufSensitivity = std::map<std::string, double>;

/// Measures a for the matrices of \a source, which \a model is, on the first windows of \a tokens (some
/// thousand tokens). Without importance errors are taken as they are.
Result<GgufSensitivity> measureSensitivity(const GgufSource &source, const WeightSource &model,
                                           std::span<const std::int32_t> tokens,
                                           const GgufBudgetOptions &options, JobContext &job);

/// Bytes of memory that measuring takes beside the mapped files.
std::uint64_t sensitivityMemory(const LlmConfig &config, int threads);

/// The smallest types that solveGgufTypes() can choose, without reading weights. InvalidArgument when they
/// are larger than asked for.
Result<std::vector<GgufTypeChoice>> smallestGgufTypes(const GgufSource &source,
                                                      const GgufBudgetOptions &options);

/// A type for every tensor of \a source, together no larger than asked for. Tensors that \a sensitivity does
/// not have count 1. InvalidArgument when the smallest types are larger than that.
Result<std::vector<GgufTypeChoice>> solveGgufTypes(const GgufSource &source,
                                                   const GgufSensitivity &sensitivity,
                                                   const GgufBudgetOptions &options, JobContext &job);

/// The mix whose types are most like \a choices: what the file is named after.
const GgufMix &nearestGgufMix(const GgufHeader &header, const std::vector<GgufTypeChoice> &choices);

/// Squared relative error of \a tensor in \a type: sum of importance * (w - q)^2 over that of importance *
/// w^2, on rows spread over it where it is large.
Result<double> ggufTypeError(const GgufSource &source, const GgufTensorInfo &tensor, GgmlType type,
                             const ImportanceMatrix *importance, int threads);

} // namespace qs
