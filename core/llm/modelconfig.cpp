// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/modelconfig.h"

#include "core/base/atomicfile.h"
#include "core/llm/safetensorsheader.h"

#include <array>
#include <cmath>
#include <numbers>

namespace qs {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxFile = 16'000'000; ///< bytes
constexpr std::int64_t kMaxSize = 1 << 26; ///< of any one dimension

struct Family
{
    const char *modelType;
    LlmArchitecture architecture;
};
constexpr std::array kFamilies {
    Family {"llama", LlmArchitecture::Llama}, Family {"mistral", LlmArchitecture::Mistral},
    Family {"qwen2", LlmArchitecture::Qwen2}, Family {"qwen3", LlmArchitecture::Qwen3},
    Family {"phi3", LlmArchitecture::Phi3},   Family {"gemma2", LlmArchitecture::Gemma2},
};

Error badKey(const std::string &key, const std::string &why)
{
    return {ErrorCode::Format, {}, key + " " + why};
}
Error unsupported(const std::string &what)
{
    return {ErrorCode::Unsupported, {}, what};
}

/// The value of \a key, null when it is not there.
const Json &field(const Json &json, std::string_view key)
{
    static const Json kNull;
    const auto found = json.find(key);
    return found == json.end() ? kNull : *found;
}

Result<std::int64_t> size(const Json &json, const std::string &key, std::optional<std::int64_t> fallback = {})
{
    const Json &value = field(json, key);
    if (value.is_null() && fallback)
        return *fallback;
    if (!value.is_number_integer() || value.get<double>() < 1 || value.get<double>() > double(kMaxSize))
        return badKey(key, value.is_null() ? "is missing" : "is not a possible size");
    return value.get<std::int64_t>();
}

Result<double> real(const Json &json, const std::string &key, std::optional<double> fallback = {})
{
    const Json &value = field(json, key);
    if (value.is_null() && fallback)
        return *fallback;
    if (!value.is_number() || !std::isfinite(value.get<double>()))
        return badKey(key, value.is_null() ? "is missing" : "is no number");
    return value.get<double>();
}

Result<double> positive(const Json &json, const std::string &key, std::optional<double> fallback = {})
{
    QS_TRY(const double value, real(json, key, fallback));
    if (value <= 0)
        return badKey(key, "is not positive");
    return value;
}

Result<bool> flag(const Json &json, const std::string &key, bool fallback)
{
    const Json &value = field(json, key);
    if (!value.is_null() && !value.is_boolean())
        return badKey(key, "is neither true nor false");
    return value.is_null() ? fallback : value.get<bool>();
}

std::string text(const Json &json, const std::string &key)
{
    const Json &value = field(json, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

Result<std::vector<double>> factors(const Json &json, const std::string &key, std::int64_t count)
{
    const Json &value = field(json, key);
    if (!value.is_array() || value.size() != static_cast<std::size_t>(count))
        return badKey(key, "is no list of " + std::to_string(count) + " numbers");
    std::vector<double> list;
    for (const Json &number : value) {
        if (!number.is_number() || !(number.get<double>() > 0))
            return badKey(key, "has something that is no factor");
        list.push_back(number.get<double>());
    }
    return list;
}

/// \a json is "rope_scaling", or "rope_parameters" of transformers 5 and later.
Status readRopeScaling(const Json &json, const Json &top, LlmConfig &config)
{
    std::string kind = text(json, "rope_type");
    if (kind.empty())
        kind = text(json, "type");
    RopeScaling &scaling = config.ropeScaling;
    if (kind.empty() || kind == "default")
        return Done {};
    if (kind == "linear") {
        scaling.kind = RopeScaling::Kind::Linear;
        QS_TRY(scaling.factor, positive(json, "factor"));
        return Done {};
    }
    if (kind == "llama3") {
        scaling.kind = RopeScaling::Kind::Llama3;
        QS_TRY(scaling.factor, positive(json, "factor"));
        QS_TRY(scaling.lowFrequencyFactor, positive(json, "low_freq_factor"));
        QS_TRY(scaling.highFrequencyFactor, positive(json, "high_freq_factor"));
        QS_TRY(scaling.originalContext, size(json, "original_max_position_embeddings"));
        if (scaling.highFrequencyFactor <= scaling.lowFrequencyFactor)
            return badKey("high_freq_factor", "is not above low_freq_factor");
        return Done {};
    }
    if (kind == "longrope" || kind == "su") {
        scaling.kind = RopeScaling::Kind::LongRope;
        const Json &place = json.contains("original_max_position_embeddings") ? json : top;
        QS_TRY(scaling.originalContext, size(place, "original_max_position_embeddings"));
        QS_TRY(scaling.shortFactors, factors(json, "short_factor", config.rotaryDim / 2));
        QS_TRY(scaling.longFactors, factors(json, "long_factor", config.rotaryDim / 2));
        // transformers modeling_rope_utils, _compute_longrope_parameters.
        const double stretch = double(config.maxPositions) / double(scaling.originalContext);
        const double usual
            = stretch <= 1 ? 1 : std::sqrt(1 + std::log(stretch) / std::log(double(scaling.originalContext)));
        QS_TRY(scaling.attentionFactor, positive(json, "attention_factor", usual));
        return Done {};
    }
    return unsupported("rope scaling of type " + quotedName(kind) + " is not supported");
}

/// transformers' "layer_types" when they are there, else the rule of the architecture.
Status readSlidingWindow(const Json &json, LlmConfig &config)
{
    config.slidingWindow.assign(static_cast<std::size_t>(config.layers), 0);
    const bool mayBeOff
        = config.architecture == LlmArchitecture::Qwen2 || config.architecture == LlmArchitecture::Qwen3;
    QS_TRY(const bool isUsed, flag(json, "use_sliding_window", !mayBeOff));
    const bool isKnown = config.architecture != LlmArchitecture::Llama;
    std::optional<std::int64_t> usual;
    if (config.isGemma)
        usual = 4096; // Gemma2Config
    if (!isKnown || !isUsed || (field(json, "sliding_window").is_null() && !usual))
        return Done {};
    QS_TRY(const std::int64_t window, size(json, "sliding_window", usual));
    QS_TRY(const double full, real(json, "max_window_layers", mayBeOff ? 28 : 0)); // Qwen2Config
    const Json &types = field(json, "layer_types");
    if (!types.is_null() && (!types.is_array() || types.size() != config.slidingWindow.size()))
        return badKey("layer_types", "does not have an entry per layer");
    for (std::size_t i = 0; i < config.slidingWindow.size(); ++i) {
        bool isSliding = true;
        if (types.is_array())
            isSliding = types[i] == "sliding_attention";
        else if (config.isGemma)
            isSliding = i % 2 == 0;
        else if (mayBeOff)
            isSliding = double(i) >= full;
        config.slidingWindow[i] = isSliding ? window : 0;
    }
    return Done {};
}

Status readActivation(const Json &json, LlmConfig &config)
{
    std::string name = text(json, "hidden_activation");
    if (name.empty())
        name = text(json, "hidden_act");
    if (config.isGemma && (name.empty() || name == "gelu_pytorch_tanh" || name == "gelu")) {
        config.isGelu = true; // Gemma's "gelu" means the tanh approximation, too
        return Done {};
    }
    if (name == "gelu_pytorch_tanh")
        config.isGelu = true;
    else if (!name.empty() && name != "silu" && name != "swish")
        return unsupported("activation " + quotedName(name) + " is not supported");
    return Done {};
}

Status readParticulars(const Json &json, LlmConfig &config)
{
    const LlmArchitecture architecture = config.architecture;
    QS_TRY(const bool attentionBias, flag(json, "attention_bias", false));
    QS_TRY(config.hasMlpBias, flag(json, "mlp_bias", false));
    config.hasQkvBias = attentionBias || architecture == LlmArchitecture::Qwen2;
    config.hasOutputBias = attentionBias && architecture != LlmArchitecture::Qwen2;
    config.hasQkNorm = architecture == LlmArchitecture::Qwen3;
    config.hasFusedProjections = architecture == LlmArchitecture::Phi3;
    config.isGemma = architecture == LlmArchitecture::Gemma2;
    QS_TRY(config.tiedEmbeddings, flag(json, "tie_word_embeddings", config.isGemma));
    QS_TRY(const double epsilon, positive(json, "rms_norm_eps", 1e-6));
    config.normEpsilon = static_cast<float>(epsilon);
    double headScale = static_cast<double>(config.headDim);
    if (config.isGemma) {
        QS_TRY(headScale, positive(json, "query_pre_attn_scalar", 256));
        // Gemma2Config: caps are on unless they are null.
        if (!json.contains("attn_logit_softcapping") || !json["attn_logit_softcapping"].is_null()) {
            QS_TRY(const double cap, positive(json, "attn_logit_softcapping", 50));
            config.attentionSoftcap = static_cast<float>(cap);
        }
        if (!json.contains("final_logit_softcapping") || !json["final_logit_softcapping"].is_null()) {
            QS_TRY(const double cap, positive(json, "final_logit_softcapping", 30));
            config.logitSoftcap = static_cast<float>(cap);
        }
    }
    config.attentionScale = 1 / std::sqrt(headScale);
    QS_CHECK(readActivation(json, config));
    return readSlidingWindow(json, config);
}

Status readSizes(const Json &json, LlmConfig &config)
{
    QS_TRY(config.hidden, size(json, "hidden_size"));
    QS_TRY(config.intermediate, size(json, "intermediate_size"));
    QS_TRY(config.layers, size(json, "num_hidden_layers"));
    QS_TRY(config.heads, size(json, "num_attention_heads"));
    QS_TRY(config.kvHeads, size(json, "num_key_value_heads", config.heads));
    QS_TRY(config.vocabulary, size(json, "vocab_size"));
    QS_TRY(config.maxPositions, size(json, "max_position_embeddings", 2048));
    if (config.layers > 10'000)
        return badKey("num_hidden_layers", "is not a possible size");
    if (config.heads % config.kvHeads != 0)
        return badKey("num_attention_heads", "is no multiple of num_key_value_heads");
    // Gemma2Config and Qwen3Config have a head_dim of their own as default.
    std::optional<std::int64_t> usual;
    if (config.architecture == LlmArchitecture::Gemma2)
        usual = 256;
    else if (config.architecture == LlmArchitecture::Qwen3)
        usual = 128;
    else if (config.hidden % config.heads == 0)
        usual = config.hidden / config.heads;
    QS_TRY(config.headDim, size(json, "head_dim", usual));
    if (config.headDim % 2 != 0)
        return badKey("head_dim", "is odd");
    return Done {};
}

} // namespace

const char *toString(LlmArchitecture architecture)
{
    for (const Family &family : kFamilies) {
        if (family.architecture == architecture)
            return family.modelType;
    }
    return "unknown";
}

Result<LlmConfig> parseLlmConfig(const std::string &source)
{
    // Nothing of interest lies deeper; an endless nesting must not take memory.
    const auto isShallow = [](int depth, Json::parse_event_t, Json &) { return depth <= 8; };
    const Json json = Json::parse(source, isShallow, false);
    if (!json.is_object())
        return Error {ErrorCode::Format, {}, "is no valid JSON object"};
    LlmConfig config;
    const std::string modelType = text(json, "model_type");
    const Family *known = nullptr;
    std::string names;
    for (const Family &family : kFamilies) {
        names += (names.empty() ? "" : ", ") + std::string(family.modelType);
        if (modelType == family.modelType)
            known = &family;
    }
    if (!known)
        return unsupported("model_type " + quotedName(modelType) + " is not supported; these are: " + names);
    config.architecture = known->architecture;
    QS_CHECK(readSizes(json, config));

    const Json &newRope = field(json, "rope_parameters");
    const Json &rope = newRope.is_object() ? newRope : field(json, "rope_scaling");
    const Json &ropePlace = newRope.is_object() && newRope.contains("rope_theta") ? newRope : json;
    QS_TRY(config.ropeTheta, positive(ropePlace, "rope_theta", 10000));
    const Json &partPlace = newRope.is_object() && newRope.contains("partial_rotary_factor") ? newRope : json;
    QS_TRY(const double part, positive(partPlace, "partial_rotary_factor", 1));
    if (part > 1)
        return badKey("partial_rotary_factor", "is above 1");
    config.rotaryDim = static_cast<std::int64_t>(double(config.headDim) * part) / 2 * 2;
    if (!rope.is_null() && !rope.is_object())
        return badKey("rope_scaling", "is no object");
    QS_CHECK(readRopeScaling(rope.is_null() ? Json::object() : rope, json, config));
    QS_CHECK(readParticulars(json, config));
    config.torchType = text(json, json.contains("torch_dtype") ? "torch_dtype" : "dtype");
    config.quantization = field(json, "quantization_config");
    return config;
}

Result<Json> readQuantizationConfig(const std::filesystem::path &folder, const Json &config)
{
    if (const Json &own = field(config, "quantization_config"); !own.is_null())
        return own;
    for (const char *name : {"quantize_config.json", "quant_config.json"}) {
        std::error_code ignored;
        if (!std::filesystem::exists(folder / name, ignored))
            continue;
        QS_TRY(const std::string source, readFile(folder / name, kMaxFile));
        const auto isShallow = [](int depth, Json::parse_event_t, Json &) { return depth <= 8; };
        Json json = Json::parse(source, isShallow, false);
        if (!json.is_object())
            return Error {ErrorCode::Format, (folder / name).string(), "is no valid JSON object"};
        const bool isAwq = json.contains("w_bit");
        if (!json.contains("quant_method"))
            json["quant_method"] = isAwq ? "awq" : "gptq";
        if (isAwq) { // llm-awq's names
            json["bits"] = json["w_bit"];
            json["group_size"] = field(json, "q_group_size");
        }
        return json;
    }
    return Json();
}

Result<LlmConfig> readLlmConfig(const std::filesystem::path &folder)
{
    const std::filesystem::path path = folder / "config.json";
    QS_TRY(const std::string source, readFile(path, kMaxFile));
    Result<LlmConfig> config = parseLlmConfig(source);
    if (!config.ok())
        return Error {config.error().code, path.string(), config.error().detail};
    if (config->quantization.is_null()) {
        QS_TRY(config->quantization, readQuantizationConfig(folder, Json()));
    }
    return config;
}

std::vector<double> ropeFrequencies(const LlmConfig &config, std::int64_t positions)
{
    const RopeScaling &scaling = config.ropeScaling;
    std::vector<double> frequencies;
    for (std::int64_t i = 0; i < config.rotaryDim / 2; ++i) {
        double frequency = std::pow(config.ropeTheta, -2.0 * double(i) / double(config.rotaryDim));
        switch (scaling.kind) {
        case RopeScaling::Kind::None:
            break;
        case RopeScaling::Kind::Linear:
            frequency /= scaling.factor;
            break;
        case RopeScaling::Kind::Llama3: {
            // Long waves are stretched by the factor, short ones left alone, those between blended
            // (transformers modeling_rope_utils, _compute_llama3_parameters).
            const double turns = double(scaling.originalContext) * frequency / (2 * std::numbers::pi);
            const double blend = (turns - scaling.lowFrequencyFactor)
                / (scaling.highFrequencyFactor - scaling.lowFrequencyFactor);
            if (turns < scaling.lowFrequencyFactor)
                frequency /= scaling.factor;
            else if (turns <= scaling.highFrequencyFactor)
                frequency *= (1 - blend) / scaling.factor + blend;
            break;
        }
        case RopeScaling::Kind::LongRope:
            frequency
                /= (positions > scaling.originalContext ? scaling.longFactors
                                                        : scaling.shortFactors)[static_cast<std::size_t>(i)];
            break;
        }
        frequencies.push_back(frequency);
    }
    return frequencies;
}

} // namespace qs
