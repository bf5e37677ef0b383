// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/gguf.h"
#include "core/llm/weightsource.h"

namespace qs {

/// The decoder a GGUF file holds, from its metadata and from what tensors there are: architectures llama
/// (Mistral too), qwen2, qwen3 and phi3. Errors name the file and the key or tensor: Format when it is
/// missing, of the wrong type or does not fit, Unsupported for what the forward pass does not compute.
Result<LlmConfig> ggufConfig(const GgufFile &file);

/// A GGUF file as transformers would have its tensors: under their names, the rows of Llama's queries and
/// keys in their order. Tensors are dequantized whenever they are asked for.
Result<WeightSourcePtr> openGgufWeights(const std::filesystem::path &path);

} // namespace qs
