// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/llm/imatrix.h"
#include "core/llm/weightsource.h"

namespace qs {

struct ImportanceOptions
{
    std::size_t windows = 128; ///< of the text, spread over it evenly; 0 = all
    std::int64_t context = 0; ///< tokens of a window; 0 = what the model was made for, at most 2048
    std::uint64_t activationBytes = std::uint64_t {1} << 30; ///< of the windows that run at a time
    int threads = 0; ///< 0 = all cores
};

/// Bytes of memory that collecting takes at the most, beside the mapped file.
std::uint64_t importanceMemory(const LlmConfig &config, const ImportanceOptions &options);

/// Runs \a tokens of a text through \a model and collects the mean square of every input of every Linear of
/// its blocks, as llama.cpp's imatrix tool does (the last matrix, whose type is fine anyway, is left out, as
/// it does). One block is in memory at a time. The result does not depend on the number of threads.
/// InvalidArgument when the text does not fill a window.
Result<ImportanceMatrix> collectImportance(const WeightSource &model, std::span<const std::int32_t> tokens,
                                           const ImportanceOptions &options, JobContext &job);

} // namespace qs
