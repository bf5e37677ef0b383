// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/groupedweights.h"

namespace qs {

struct LlmConfig;
class SkippedModules;

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
    std::string skip; ///< regular expression: Linears whose name it is found in stay (see SkippedModules)
    int threads = 0; ///< 0 = all cores
};

/// NF4, FP4 and LLM.int8: what bitsandbytes stores, without groups along the inputs.
bool isBitsAndBytes(LlmMethod method);
/// GPTQ and AWQ: they look at what the Linears get.
bool needsCalibration(LlmMethod method);
/// \a options with everything that is left open decided; the same again for what is decided already.
LlmQuantizeOptions resolvedOptions(LlmQuantizeOptions options);
/// Contradictions in \a options, e.g. AWQ with 3 bits; InvalidArgument names the option.
Status checkOptions(const LlmQuantizeOptions &options);
/// Linears of \a config but \a skipped whose sizes the format of \a options, which are resolved, cannot hold:
/// Unsupported names the first one. The subject is empty.
Status checkShapes(const LlmConfig &config, const LlmQuantizeOptions &options, const SkippedModules &skipped);

} // namespace qs
