// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/llm/ggufsource.h"

namespace qs {

/// A Hugging Face folder (config.json, safetensors, tokenizer) as the GGUF file that llama.cpp would want of
/// it: matrices as they are stored, everything else F32, rows of attention reordered for its rotary
/// embedding. Architectures: Llama (with Mistral and Mixtral), Qwen2, Qwen3, Phi-3. Unsupported names what
/// cannot be carried over; a tensor that has no place in the file is an error, for llama.cpp would refuse it.
Result<std::unique_ptr<GgufSource>> openHfFolder(const std::filesystem::path &folder, JobContext &job);

/// Of the GGUF file that would hold \a model, a Hugging Face folder or a GGUF file, unchanged. Null where
/// there can be none: other forms may still hold it.
std::shared_ptr<const GgufHeader> unchangedGgufHeader(const std::filesystem::path &model, JobContext &job);

} // namespace qs
