// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/advisor/advice.h"
#include "core/llm/checkpointview.h"

namespace qs {

struct GgufHeader;

/// Bytes of weights that a language model would have in each form; 0 where it cannot have it.
struct CheckpointSizes
{
    std::uint64_t gguf = 0; ///< Q4_K_M, the whole file
    std::uint64_t awq = 0; ///< 4 bits in groups of 128
    std::uint64_t nf4 = 0; ///< double quantization
};

/// \a header is that of the GGUF file that would hold the model unchanged; null where there can be none.
CheckpointSizes sizesOf(const CheckpointView &view, const GgufHeader *header);

/// Which of GGUF, AWQ and NF4 fits, what each gives, and how large it will be. The forms are at home in
/// programs: GGUF in llama.cpp, on any machine; AWQ in vLLM, on GPUs; NF4 in transformers, which trains
/// adapters on it (Dettmers et al. 2023, QLoRA).
Advice adviseCheckpoint(const CheckpointView &view, const GgufHeader *header, const Wish &wish);

} // namespace qs
