// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufhparams.h"

#include "core/base/atomicfile.h"
#include "core/base/jsontext.h"
#include "core/llm/safetensorsheader.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <numbers>

namespace qs {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxJson = 256'000'000; ///< bytes

/// Architectures by the class that config.json names first.
const std::map<std::string, std::string> kArchitectures = {
    {"LlamaForCausalLM", "llama"}, {"MistralForCausalLM", "llama"}, {"MixtralForCausalLM", "llama"},
    {"Qwen2ForCausalLM", "qwen2"}, {"Qwen3ForCausalLM", "qwen3"},   {"Phi3ForCausalLM", "phi3"},
};

Error unsupported(const std::string &why)
{
    return {ErrorCode::Unsupported, {}, why};
}

class Config
{
public:
    explicit Config(const Json &json)
        : m_json(json)
    { }

    bool has(const char *key) const { return m_json.contains(key) && !m_json.at(key).is_null(); }
    Result<std::int64_t> positive(const char *key) const
    {
        if (!has(key))
            return Error {ErrorCode::Format, {}, std::string("has no ") + key};
        const Json &value = m_json.at(key);
        if (!value.is_number_integer() || value.get<std::int64_t>() < 1
            || value.get<std::int64_t>() > std::numeric_limits<std::int32_t>::max())
            return Error {ErrorCode::Format, {}, std::string(key) + " is no number above 0"};
        return value.get<std::int64_t>();
    }
    Result<std::int64_t> positive(const char *key, std::int64_t otherwise) const
    {
        if (!has(key))
            return otherwise;
        return positive(key);
    }
    Result<double> real(const char *key) const
    {
        if (!has(key) || !m_json.at(key).is_number() || !(m_json.at(key).get<double>() > 0))
            return Error {ErrorCode::Format, {}, std::string(key) + " is no number above 0"};
        return m_json.at(key).get<double>();
    }
    Result<double> real(const char *key, double otherwise) const
    {
        if (!has(key))
            return otherwise;
        return real(key);
    }
    std::string text(const char *key) const
    {
        return has(key) && m_json.at(key).is_string() ? m_json.at(key).get<std::string>() : std::string();
    }
    bool flag(const char *key, bool otherwise) const
    {
        return has(key) && m_json.at(key).is_boolean() ? m_json.at(key).get<bool>() : otherwise;
    }
    /// The object under \a key, empty if there is none.
    Json object(const char *key) const
    {
        return has(key) && m_json.at(key).is_object() ? m_json.at(key) : Json::object();
    }
    const Json &json() const { return m_json; }

private:
    const Json &m_json;
};

Result<std::string> architectureOf(const Config &config)
{
    const Json &json = config.json();
    const bool isThere = config.has("architectures") && json["architectures"].is_array()
        && !json["architectures"].empty() && json["architectures"][0].is_string();
    if (!isThere)
        return Error {ErrorCode::Format, {}, "names no architecture"};
    const auto name = json["architectures"][0].get<std::string>();
    const auto found = kArchitectures.find(name);
    if (found != kArchitectures.end())
        return found->second;
    std::string known;
    for (const auto &[id, architecture] : kArchitectures)
        known += (known.empty() ? "" : ", ") + id;
    return unsupported("architecture " + quotedName(name) + " is not converted; these are: " + known);
}

/// Llama 3's factors for the frequencies of the rotary embedding, one a pair: low frequencies are slowed
/// down, with a smooth passage between (transformers, _compute_llama3_parameters).
Result<std::vector<float>> llama3Factors(const Config &scaling, double base, std::int64_t headSize)
{
    QS_TRY(const double factor, scaling.real("factor"));
    QS_TRY(const double low, scaling.real("low_freq_factor"));
    QS_TRY(const double high, scaling.real("high_freq_factor"));
    QS_TRY(const double original, scaling.real("original_max_position_embeddings"));
    if (high <= low)
        return Error {ErrorCode::Format, {}, "high_freq_factor is not above low_freq_factor"};
    std::vector<float> factors;
    for (std::int64_t i = 0; i < headSize / 2; ++i) {
        const double frequency = std::pow(base, -2.0 * double(i) / double(headSize));
        const double wavelength = 2.0 * std::numbers::pi / frequency;
        double value = 1.0;
        if (wavelength > original / low) {
            value = factor;
        } else if (wavelength >= original / high) {
            const double smooth = (original / wavelength - low) / (high - low);
            value = 1.0 / ((1.0 - smooth) / factor + smooth);
        }
        factors.push_back(static_cast<float>(value));
    }
    return factors;
}

class Builder
{
public:
    explicit Builder(const Json &config)
        : m_config(config)
    { }

    Result<GgufHyperparameters> build()
    {
        QS_TRY(m_result.architecture, architectureOf(m_config));
        if (m_config.has("quantization_config"))
            return unsupported("is quantized already; take the original checkpoint");
        QS_TRY(m_result.layers, m_config.positive("num_hidden_layers"));
        QS_TRY(m_result.heads, m_config.positive("num_attention_heads"));
        QS_TRY(m_result.keyHeads, m_config.positive("num_key_value_heads", m_result.heads));
        QS_TRY(const std::int64_t width, m_config.positive("hidden_size"));
        QS_TRY(m_result.headSize, m_config.positive("head_dim", width / m_result.heads));
        QS_TRY(const std::int64_t context, m_config.positive("max_position_embeddings"));
        QS_TRY(const std::int64_t inner, m_config.positive("intermediate_size"));
        if (m_result.headSize < 2 || m_result.headSize % 2 != 0 || m_result.heads % m_result.keyHeads != 0)
            return Error {ErrorCode::Format, {}, "the numbers of heads and their size do not fit"};
        if (const std::string activation = m_config.text("hidden_act");
            !activation.empty() && activation != "silu")
            return unsupported("the activation " + quotedName(activation)
                               + " is not what llama.cpp computes");
        m_result.isTied = m_config.flag("tie_word_embeddings", false);
        number("block_count", m_result.layers);
        number("context_length", context);
        number("embedding_length", width);
        number("feed_forward_length", inner);
        number("attention.head_count", m_result.heads);
        number("attention.head_count_kv", m_result.keyHeads);
        QS_TRY(const double epsilon, m_config.real("rms_norm_eps"));
        add("attention.layer_norm_rms_epsilon", static_cast<float>(epsilon));
        if (m_result.headSize * m_result.heads != width) {
            number("attention.key_length", m_result.headSize);
            number("attention.value_length", m_result.headSize);
        }
        QS_CHECK(experts());
        QS_CHECK(rope());
        return std::move(m_result);
    }

private:
    Status experts()
    {
        if (!m_config.has("num_local_experts"))
            return Done {};
        QS_TRY(m_result.experts, m_config.positive("num_local_experts"));
        QS_TRY(const std::int64_t used, m_config.positive("num_experts_per_tok"));
        number("expert_count", m_result.experts);
        number("expert_used_count", used);
        return Done {};
    }

    Status rope()
    {
        // transformers 5 moves the base into rope_parameters and names the scaling there.
        Json scalingJson = m_config.object("rope_scaling");
        if (scalingJson.empty())
            scalingJson = m_config.object("rope_parameters");
        const Config scaling(scalingJson);
        QS_TRY(const double moved, scaling.real("rope_theta", 10000.0));
        QS_TRY(const double base, m_config.real("rope_theta", moved));
        QS_TRY(const double rotated, m_config.real("partial_rotary_factor", 1.0));
        if (rotated != 1.0)
            return unsupported("partial_rotary_factor is not converted");
        number("rope.dimension_count", m_result.headSize);
        add("rope.freq_base", static_cast<float>(base));
        std::string type = scaling.text("rope_type");
        if (type.empty())
            type = scaling.text("type");
        if (type.empty() || type == "default")
            return Done {};
        if (type == "llama3") {
            QS_TRY(m_result.ropeFactors, llama3Factors(scaling, base, m_result.headSize));
            return Done {};
        }
        if (type != "linear" && type != "yarn")
            return unsupported("rotary scaling of type " + quotedName(type) + " is not converted");
        QS_TRY(const double factor, scaling.real("factor"));
        add("rope.scaling.type", type);
        add("rope.scaling.factor", static_cast<float>(factor));
        if (type == "yarn") {
            QS_TRY(const std::int64_t original, scaling.positive("original_max_position_embeddings"));
            number("rope.scaling.original_context_length", original);
        }
        return Done {};
    }

    void number(const char *key, std::int64_t value) { add(key, static_cast<std::uint32_t>(value)); }
    void add(const char *key, GgufValue value)
    {
        m_result.metadata.push_back({m_result.architecture + "." + key, std::move(value)});
    }

    Config m_config;
    GgufHyperparameters m_result;
};

} // namespace

Result<GgufHyperparameters> ggufHyperparameters(const Json &config)
{
    return Builder(config).build();
}

Result<Json> readJsonObject(const std::filesystem::path &path)
{
    QS_TRY(const std::string text, readFile(path, kMaxJson));
    Json json = parseJson(text);
    if (!json.is_object())
        return Error {ErrorCode::Format, path.string(), "is no JSON object"};
    return json;
}

} // namespace qs
