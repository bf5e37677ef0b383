// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/llm/llmoptions.h"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace qs {

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
