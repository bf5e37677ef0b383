// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace qs {

/// The families of decoders the forward pass knows ("model_type" of config.json).
enum class LlmArchitecture { Llama, Mistral, Qwen2, Qwen3, Phi3, Gemma2 };
const char *toString(LlmArchitecture architecture);

/// How rotary frequencies are stretched beyond the context a model was trained with.
struct RopeScaling
{
    enum class Kind { None, Linear, Llama3, LongRope };

    Kind kind = Kind::None;
    double factor = 1; ///< Linear, Llama3
    double lowFrequencyFactor = 1; ///< Llama3
    double highFrequencyFactor = 4;
    std::int64_t originalContext = 0; ///< Llama3, LongRope: positions before stretching
    std::vector<double> shortFactors; ///< LongRope: one per frequency, up to originalContext positions
    std::vector<double> longFactors; ///< LongRope: beyond
    double attentionFactor = 1; ///< LongRope: what sine and cosine are multiplied with

    bool operator==(const RopeScaling &) const = default;
};

/// Sizes and particulars of a decoder, from config.json. Sizes are checked: positive, and small enough that
/// products of any two of them fit into 64 bits.
struct LlmConfig
{
    LlmArchitecture architecture = LlmArchitecture::Llama;
    std::int64_t hidden = 0;
    std::int64_t intermediate = 0;
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t kvHeads = 0; ///< divides heads
    std::int64_t headDim = 0;
    std::int64_t vocabulary = 0;
    std::int64_t maxPositions = 0;
    std::int64_t rotaryDim = 0; ///< even; the first so many elements of a head are rotated
    float normEpsilon = 1e-6F;
    double ropeTheta = 10000;
    RopeScaling ropeScaling;
    std::vector<std::int64_t> slidingWindow; ///< per layer: positions seen, 0 = all before
    bool tiedEmbeddings = false;
    bool hasQkvBias = false;
    bool hasOutputBias = false; ///< of o_proj
    bool hasMlpBias = false;
    bool hasQkNorm = false; ///< Qwen3: RMSNorm of each head's query and key
    bool hasFusedProjections = false; ///< Phi3: qkv_proj and gate_up_proj
    bool isGemma = false; ///< norms multiply by 1 + w, embeddings by sqrt(hidden), four norms a block
    bool isGelu = false; ///< tanh-approximated GELU instead of SiLU
    double attentionScale = 0; ///< what q·k is multiplied with
    float attentionSoftcap = 0; ///< Gemma2: s = cap * tanh(s / cap); 0 = none
    float logitSoftcap = 0;
    std::string torchType; ///< "float16", "bfloat16", "float32" or empty
    nlohmann::json quantization; ///< "quantization_config"; null when the checkpoint is not quantized

    std::int64_t queryWidth() const { return heads * headDim; }
    std::int64_t keyWidth() const { return kvHeads * headDim; }
};

/// Unsupported names the architecture when it is another one, or the option that cannot be honoured; Format
/// names the key. Keys that are not there have transformers' defaults. The subject is empty.
Result<LlmConfig> parseLlmConfig(const std::string &text);
/// Reads \a folder's config.json, and how it is quantized from wherever that is said; errors name the file.
Result<LlmConfig> readLlmConfig(const std::filesystem::path &folder);

/// How the model in \a folder says it is quantized: "quantization_config" of its config.json, which \a config
/// is; else what older tools wrote beside it, quantize_config.json (AutoGPTQ) or quant_config.json (AWQ), in
/// the same words. Null when it is not quantized.
Result<nlohmann::json> readQuantizationConfig(const std::filesystem::path &folder,
                                              const nlohmann::json &config);

/// headDim/2 (rotaryDim/2) angular frequencies for a text of \a positions: theta^(-2i/d), scaled.
std::vector<double> ropeFrequencies(const LlmConfig &config, std::int64_t positions);

} // namespace qs
