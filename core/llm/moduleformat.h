// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/bitsandbytes.h"
#include "core/llm/llmoptions.h"
#include "core/llm/packing.h"
#include "core/llm/safetensors.h"
#include "core/llm/safetensorswriter.h"
#include "core/llm/skippedmodules.h"

#include <variant>

/// A quantized Linear in a checkpoint: the tensors it is stored as, and how they are read.
namespace qs {

/// Weights as a method leaves them.
using QuantizedLinear = std::variant<GroupedWeights, TableWeights, Int8Rows>;
Matrix dequantize(const QuantizedLinear &weights, std::int64_t out, std::int64_t in);

/// The tensors of \a module that \a options lead to.
std::vector<SafetensorsDeclaration> declareModule(const LlmQuantizeOptions &options,
                                                  const std::string &module, std::int64_t out,
                                                  std::int64_t in);
/// The same with their content. \a floatType is what the model computes in.
Result<std::vector<NamedTensor>> packModule(const LlmQuantizeOptions &options, const std::string &module,
                                            const QuantizedLinear &weights, std::int64_t out, std::int64_t in,
                                            DType floatType);

/// "quantization_config" as transformers and vLLM want it, with what of \a config's Linears is \a skipped.
nlohmann::ordered_json quantizationConfig(const LlmQuantizeOptions &options, DType floatType,
                                          const LlmConfig &config, const SkippedModules &skipped);

/// What a "quantization_config" says about how Linears are stored.
struct CheckpointFormat
{
    LlmFormat format = LlmFormat::Auto; ///< Auto: not quantized
    int bits = 4;
    bool isSymmetric = true;
    float int8Threshold = 6;
};
/// Unsupported names the method, version or number of bits that is not read.
Result<CheckpointFormat> parseCheckpointFormat(const nlohmann::json &json);
/// The weight of \a module, or nothing when it is stored plainly.
Result<std::optional<Linear>> readQuantized(const SafetensorsSet &tensors, const CheckpointFormat &format,
                                            const std::string &module, std::int64_t out, std::int64_t in);

} // namespace qs
