// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/tensor/tensor.h"

#include <nlohmann/json.hpp>

#include <filesystem>

/// What a language model's files hold, whoever made them: for lists of tensors, without running anything.
namespace qs {

/// A weight with all it is stored as, or another tensor.
struct CheckpointTensor
{
    std::string name; ///< as in the file; of a quantized Linear "model.layers.0.mlp.up_proj.weight"
    std::string type; ///< "float16", "Q4_K", "int4 g128", "nf4", "int8 per row"
    Shape shape; ///< of the weight, rows first, as transformers has it
    std::uint64_t byteSize = 0; ///< of everything it is stored as
    bool isQuantized = false;
    std::vector<std::string> parts; ///< names in the file: weight, scales, zeros, tables

    std::int64_t elements() const { return elementCount(shape); }
    double bitsPerWeight() const;
};

struct CheckpointView
{
    std::string format; ///< "safetensors" or "GGUF"
    std::string architecture; ///< as the model says, "llama"; may be one that is not supported
    std::string quantization; ///< in short: "GPTQ, 4 bit, groups of 128, act-order"; empty = not quantized
    nlohmann::json quantizationConfig; ///< of a folder, as it is there; null when there is none
    nlohmann::ordered_json metadata; ///< of a GGUF file; of lists only their length
    std::uint64_t byteSize = 0; ///< of all tensors
    std::vector<CheckpointTensor> tensors;
    std::string obstacle; ///< why it cannot be evaluated here, one line; empty when it can

    std::int64_t parameters() const; ///< weights, not their scales
    double bitsPerWeight() const; ///< over all tensors
    /// The tensor that transformers calls \a name, also in a GGUF file; null when there is none.
    const CheckpointTensor *find(const std::string &name) const;
};

/// A Hugging Face folder or a GGUF file. Errors name the file: damaged, not there, no such model. What is of
/// an unknown architecture or quantized in an unknown way is listed all the same.
Result<CheckpointView> viewCheckpoint(const std::filesystem::path &path);

/// Keys: format, architecture, quantization, quantization_config, metadata, size_bytes, parameters,
/// bits_per_weight, obstacle (null when there is none), types: {type: {tensors, parameters, size_bytes}},
/// tensors: [{name, type, shape, parameters, size_bytes, bits_per_weight, quantized, parts}].
nlohmann::ordered_json toJson(const CheckpointView &view);

} // namespace qs
