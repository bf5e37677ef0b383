// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/matrix.h"
#include "core/llm/modelconfig.h"
#include "core/llm/safetensors.h"

#include <memory>

namespace qs {

/// A Linear as the forward pass uses it, whatever it is stored as: y = x weight^T + bias.
struct Linear
{
    Matrix weight; ///< [out, in]
    std::vector<float> bias; ///< [out] or empty
    /// LLM.int8: inputs are rounded to 8 bit, row by row, save for the columns in which one reaches this;
    /// infinity = all columns are. 0 = the inputs stay as they are.
    float int8Threshold = 0;
    /// GGUF: inputs are rounded to 8 bit in blocks of so many, as llama.cpp does (see inputrounding.h). 0 =
    /// the inputs stay as they are.
    std::int64_t inputBlock = 0;
};

/// Where a decoder's weights come from, in float32 and under transformers' names. Any thread may read.
class WeightSource
{
public:
    virtual ~WeightSource() = default;

    virtual const LlmConfig &config() const = 0;
    virtual std::string name() const = 0; ///< folder or file, for messages
    /// Bytes of all tensors as they are stored.
    virtual std::uint64_t storedBytes() const = 0;
    virtual bool contains(const std::string &tensor) const = 0;

    /// \a module as "model.layers.0.mlp.up_proj". Errors name the checkpoint and the tensor, e.g. when its
    /// shape is another one.
    virtual Result<Linear> linear(const std::string &module, std::int64_t out, std::int64_t in,
                                  bool hasBias) const = 0;
    /// A vector, e.g. "model.norm.weight".
    virtual Result<std::vector<float>> vector(const std::string &tensor, std::int64_t size) const = 0;
    /// Rows \a ids of the embeddings, each [0, vocabulary).
    virtual Result<Matrix> embeddings(std::span<const std::int32_t> ids) const = 0;
    /// The last Linear, [vocabulary, hidden]: "lm_head", or the embeddings when they are tied.
    virtual Result<Linear> head() const = 0;
};
using WeightSourcePtr = std::shared_ptr<const WeightSource>;

/// A Hugging Face folder, plain or quantized in a format this program reads (see moduleformat.h), or a GGUF
/// file.
Result<WeightSourcePtr> openCheckpoint(const std::filesystem::path &path);

/// The Linears of a block.
enum class LinearRole { Query, Key, Value, Qkv, Output, Gate, Up, GateUp, Down };
/// Places in a block where inputs of Linears are: of query, key and value; of the output projection; of gate
/// and up; of down.
enum class InputPoint { Attention, Output, Mlp, Down };
inline constexpr int kInputPoints = 4;

struct LinearShape
{
    LinearRole role;
    InputPoint point;
    std::int64_t out;
    std::int64_t in;
    bool hasBias;
};
/// The Linears of every block in the order they are used.
std::vector<LinearShape> linearsOf(const LlmConfig &config);
/// "model.layers.3.self_attn.q_proj".
std::string moduleName(std::int64_t layer, LinearRole role);
/// "model.layers.3.input_layernorm.weight".
std::string layerTensor(std::int64_t layer, const std::string &rest);

} // namespace qs
