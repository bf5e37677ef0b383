// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/awq.h"
#include "core/llm/gptq.h"
#include "core/llm/hqq.h"
#include "core/llm/packing.h"

namespace qs {

/// How a Hugging Face folder is quantized.
enum class LlmMethod { Rtn, Gptq, Awq, Hqq, Nf4, Fp4, Int8 };
/// Layout of the result: AutoGPTQ's two, AutoAWQ's, bitsandbytes'. Auto: what the method is at home in;
/// GPTQ's first layout where it can hold the zeros, else the second.
enum class LlmFormat { Auto, GptqV1, GptqV2, Awq, BitsAndBytes };

struct LlmQuantizeOptions
{
    LlmMethod method = LlmMethod::Gptq;
    LlmFormat format = LlmFormat::Auto;
    GroupScheme scheme; ///< RTN, GPTQ, HQQ; AWQ is asymmetric whatever is said here
    double damping = 0.01; ///< GPTQ
    bool usesActOrder = false; ///< GPTQ
    bool hasStaticGroups = true; ///< GPTQ with activation order: files that fast kernels take
    bool searchesScales = false; ///< GPTQ and RTN: each group's scale by its error
    bool isSequential = true; ///< GPTQ: a block's later Linears see the earlier ones already quantized
    bool scales = true; ///< AWQ
    bool clips = true; ///< AWQ
    bool isDouble = true; ///< NF4, FP4: scales are quantized, too
    double int8Threshold = 6; ///< LLM.int8: inputs this large stay; stored in the configuration
    std::size_t windows = 128; ///< of calibration text, spread over it evenly
    std::int64_t context = 0; ///< tokens of a window; 0 = what the model was made for, at most 2048
    std::size_t searchWindows = 16; ///< of these, for AWQ's search
    std::uint64_t activationBytes = std::uint64_t {4} << 30; ///< fewer windows are taken where they need more
    std::uint64_t shardBytes = 5'000'000'000;
    int threads = 0; ///< 0 = all cores
};

struct LlmModuleReport
{
    std::string module;
    double relativeError = 0; ///< |w - q| / |w|, both as the file has them
    double loss = 0; ///< GPTQ: sum of e^2 / 2
};

struct LlmQuantizeReport
{
    LlmFormat format = LlmFormat::Auto;
    std::vector<LlmModuleReport> modules;
    std::size_t windows = 0; ///< of calibration text that were used
    std::uint64_t sizeBytes = 0; ///< of all tensors
    double bitsPerWeight = 0; ///< of the quantized Linears, with scales and zeros
    double seconds = 0;
};

bool needsCalibration(LlmMethod method);
/// Contradictions in \a options, e.g. AWQ with 3 bits; InvalidArgument names the option.
Status checkOptions(const LlmQuantizeOptions &options);

/// Reads \a source (plain, not quantized), quantizes the Linears of its blocks and writes the folder \a
/// destination with all that belongs to the model. One block is in memory at a time, and the activations of
/// the calibration windows. \a calibration are the tokens of a text. The folder appears whole or not at all;
/// one that is there must be empty or hold an earlier result. After a kill the same call goes on behind the
/// last finished layer (see WorkFolder), with the same result.
Result<LlmQuantizeReport> quantizeCheckpoint(const std::filesystem::path &source,
                                             const std::filesystem::path &destination,
                                             const LlmQuantizeOptions &options,
                                             std::span<const std::int32_t> calibration, JobContext &job);

} // namespace qs
