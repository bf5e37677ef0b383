// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Keys: ggml/docs/gguf.md and src/llama-arch.cpp of llama.cpp; what is left out has the value llama.cpp gives
// it (src/llama-model.cpp, load_hparams).
#include "core/llm/ggufweights.h"
#include "core/llm/safetensorsheader.h"

#include <array>
#include <charconv>
#include <cmath>

namespace qs {
namespace {

constexpr std::int64_t kMaxSize = 1 << 26; ///< of any one dimension
constexpr std::int64_t kMaxLayers = 10'000;
constexpr const char *kEmbeddings = "token_embd.weight";

struct Family
{
    std::string_view name; ///< "general.architecture"
    LlmArchitecture architecture;
};
constexpr std::array kFamilies {
    Family {"llama", LlmArchitecture::Llama},
    Family {"qwen2", LlmArchitecture::Qwen2},
    Family {"qwen3", LlmArchitecture::Qwen3},
    Family {"phi3", LlmArchitecture::Phi3},
};

class Reader
{
public:
    explicit Reader(const GgufFile &file)
        : m_file(file)
        , m_header(file.header())
    { }

    Result<LlmConfig> read()
    {
        QS_CHECK(readArchitecture());
        QS_CHECK(readSizes());
        QS_CHECK(readRope());
        QS_CHECK(readFactors());
        QS_CHECK(readParticulars());
        QS_CHECK(readSlidingWindow());
        return std::move(m_config);
    }

private:
    Error about(const std::string &why, ErrorCode code = ErrorCode::Format) const
    {
        return {code, m_file.path().string(), why};
    }
    Error unsupported(const std::string &why) const { return about(why, ErrorCode::Unsupported); }
    std::string keyOf(const char *rest) const { return m_header.architecture() + "." + rest; }
    bool has(const char *rest) const { return m_header.find(keyOf(rest)) != nullptr; }

    Result<std::int64_t> size(const char *rest, std::optional<std::int64_t> otherwise = {}) const
    {
        const std::string key = keyOf(rest);
        if (!m_header.find(key) && otherwise)
            return *otherwise;
        if (!m_header.find(key))
            return about("has no " + quotedName(key));
        const std::optional<std::uint64_t> value = m_header.number(key);
        if (!value || *value < 1 || *value > static_cast<std::uint64_t>(kMaxSize))
            return about(quotedName(key) + " is no possible size");
        return static_cast<std::int64_t>(*value);
    }
    Result<double> positive(const char *rest, std::optional<double> otherwise = {}) const
    {
        const std::string key = keyOf(rest);
        const GgufValue *value = m_header.find(key);
        if (!value && otherwise)
            return *otherwise;
        if (!value)
            return about("has no " + quotedName(key));
        double number = 0;
        if (const auto *single = std::get_if<float>(value))
            number = double(*single);
        else if (const auto *wide = std::get_if<double>(value))
            number = *wide;
        if (!std::isfinite(number) || number <= 0)
            return about(quotedName(key) + " is no number above 0");
        return number;
    }

    Status readArchitecture()
    {
        const std::string name = m_header.architecture();
        if (name.empty())
            return about("has no 'general.architecture'");
        if (m_header.number("split.count").value_or(1) > 1)
            return unsupported("is one of several parts of a model; join them first");
        std::string known;
        for (const Family &family : kFamilies) {
            known += (known.empty() ? "" : ", ") + std::string(family.name);
            if (name == family.name) {
                m_config.architecture = family.architecture;
                return Done {};
            }
        }
        return unsupported("architecture " + quotedName(name) + " is not supported; these are: " + known);
    }

    Status readSizes()
    {
        QS_TRY(m_config.layers, size("block_count"));
        QS_TRY(m_config.hidden, size("embedding_length"));
        QS_TRY(m_config.intermediate, size("feed_forward_length"));
        QS_TRY(m_config.heads, size("attention.head_count"));
        QS_TRY(m_config.kvHeads, size("attention.head_count_kv", m_config.heads));
        QS_TRY(m_config.maxPositions, size("context_length"));
        if (m_config.layers > kMaxLayers)
            return about(quotedName(keyOf("block_count")) + " is no possible size");
        if (m_config.heads % m_config.kvHeads != 0)
            return about(quotedName(keyOf("attention.head_count"))
                         + " is no multiple of the number of key heads");
        std::optional<std::int64_t> usual;
        if (m_config.hidden % m_config.heads == 0)
            usual = m_config.hidden / m_config.heads;
        QS_TRY(m_config.headDim, size("attention.key_length", usual));
        QS_TRY(const std::int64_t valueDim, size("attention.value_length", m_config.headDim));
        if (valueDim != m_config.headDim)
            return unsupported("has keys and values of different sizes");
        if (m_header.number(keyOf("expert_count")).value_or(0) > 0)
            return unsupported("has experts, which are not evaluated");
        const GgufTensorInfo *table = m_header.findTensor(kEmbeddings);
        if (!table || table->shape.size() != 2 || table->rowLength() != m_config.hidden)
            return about("has no matrix " + quotedName(kEmbeddings) + " with rows of "
                         + std::to_string(m_config.hidden));
        m_config.vocabulary = table->rows();
        QS_TRY(const std::int64_t said, size("vocab_size", m_config.vocabulary));
        if (said != m_config.vocabulary || m_config.vocabulary > kMaxSize)
            return about(quotedName(keyOf("vocab_size")) + " is " + std::to_string(said) + ", but "
                         + quotedName(kEmbeddings) + " has " + std::to_string(m_config.vocabulary) + " rows");
        return checkLayers();
    }

    /// A layer too many would be left out without a word.
    Status checkLayers() const
    {
        constexpr std::string_view kLayer = "blk.";
        for (const GgufTensorInfo &tensor : m_header.tensors) {
            if (!tensor.name.starts_with(kLayer))
                continue;
            std::int64_t layer = -1;
            std::from_chars(tensor.name.data() + kLayer.size(), tensor.name.data() + tensor.name.size(),
                            layer);
            if (layer < 0 || layer >= m_config.layers)
                return about("tensor " + quotedName(tensor.name) + " is of none of its "
                             + std::to_string(m_config.layers) + " layers");
        }
        return Done {};
    }

    Status readRope()
    {
        QS_TRY(m_config.rotaryDim, size("rope.dimension_count", m_config.headDim));
        if (m_config.rotaryDim > m_config.headDim || m_config.rotaryDim % 2 != 0 || m_config.headDim % 2 != 0)
            return about(quotedName(keyOf("rope.dimension_count")) + " does not fit heads of "
                         + std::to_string(m_config.headDim));
        // Heads are reordered as a whole, so the rotated part would not be their first rows.
        if (m_config.architecture == LlmArchitecture::Llama && m_config.rotaryDim != m_config.headDim)
            return unsupported("rotates a part of its heads only");
        QS_TRY(m_config.ropeTheta, positive("rope.freq_base", 10000));
        const auto *name = m_header.get<std::string>(keyOf("rope.scaling.type"));
        if (has("rope.scaling.type") && !name)
            return about(quotedName(keyOf("rope.scaling.type")) + " is no text");
        const std::string type = name ? *name : "none";
        RopeScaling &scaling = m_config.ropeScaling;
        if (type == "linear" || (!name && has("rope.scale_linear"))) { // the second one in older files
            scaling.kind = RopeScaling::Kind::Linear;
            QS_TRY(scaling.factor, positive(name ? "rope.scaling.factor" : "rope.scale_linear"));
        } else if (type != "none" && type != "longrope") {
            return unsupported("rope scaling of type " + quotedName(type) + " is not supported");
        }
        return Done {};
    }

    Result<std::vector<double>> factors(const char *name) const
    {
        const GgufTensorInfo *tensor = m_header.findTensor(name);
        if (!tensor)
            return about("has no tensor " + quotedName(name));
        if (tensor->type != GgmlType::F32 || tensor->shape != Shape {m_config.rotaryDim / 2})
            return about("tensor " + quotedName(name) + " is no vector of "
                         + std::to_string(m_config.rotaryDim / 2) + " floats");
        std::vector<float> stored(static_cast<std::size_t>(tensor->elements()));
        QS_CHECK(m_file.rows(*tensor, 0, 1, stored));
        std::vector<double> values;
        for (const float value : stored) {
            if (!std::isfinite(value) || value <= 0)
                return about("tensor " + quotedName(name) + " has something that is no factor");
            values.push_back(double(value) * m_config.ropeScaling.factor);
        }
        return values;
    }

    /// Llama 3's factors are one for every position, those of long contexts two.
    Status readFactors()
    {
        RopeScaling &scaling = m_config.ropeScaling;
        if (m_header.findTensor("rope_freqs.weight")) {
            QS_TRY(scaling.shortFactors, factors("rope_freqs.weight"));
            scaling.longFactors = scaling.shortFactors;
            scaling.originalContext = m_config.maxPositions;
        } else if (m_header.findTensor("rope_factors_long.weight")
                   || m_header.findTensor("rope_factors_short.weight")) {
            QS_TRY(scaling.shortFactors, factors("rope_factors_short.weight"));
            QS_TRY(scaling.longFactors, factors("rope_factors_long.weight"));
            QS_TRY(scaling.originalContext,
                   size("rope.scaling.original_context_length", m_config.maxPositions));
            QS_TRY(scaling.attentionFactor, positive("rope.scaling.attn_factor", 1));
        } else {
            return Done {};
        }
        scaling.kind = RopeScaling::Kind::LongRope;
        scaling.factor = 1; // it is in the factors
        return Done {};
    }

    Status readParticulars()
    {
        QS_TRY(const double epsilon, positive("attention.layer_norm_rms_epsilon"));
        m_config.normEpsilon = static_cast<float>(epsilon);
        const auto isThere = [&](const char *name) { return m_header.findTensor(name) != nullptr; };
        m_config.hasFusedProjections = m_config.architecture == LlmArchitecture::Phi3;
        m_config.hasQkNorm = m_config.architecture == LlmArchitecture::Qwen3;
        m_config.hasQkvBias
            = isThere(m_config.hasFusedProjections ? "blk.0.attn_qkv.bias" : "blk.0.attn_q.bias");
        m_config.hasOutputBias = isThere("blk.0.attn_output.bias");
        m_config.hasMlpBias = isThere("blk.0.ffn_up.bias");
        m_config.tiedEmbeddings = !isThere("output.weight");
        m_config.attentionScale = 1 / std::sqrt(static_cast<double>(m_config.headDim));
        return Done {};
    }

    Status readSlidingWindow()
    {
        const std::string key = keyOf("attention.sliding_window");
        const std::optional<std::uint64_t> window = m_header.number(key);
        if (m_header.find(key) && (!window || *window > static_cast<std::uint64_t>(kMaxSize)))
            return about(quotedName(key) + " is no possible size");
        // Qwen's files name the window though no layer has one.
        const bool isUsed = m_config.architecture == LlmArchitecture::Llama
            || m_config.architecture == LlmArchitecture::Phi3;
        m_config.slidingWindow.assign(static_cast<std::size_t>(m_config.layers),
                                      isUsed ? static_cast<std::int64_t>(window.value_or(0)) : 0);
        return Done {};
    }

    const GgufFile &m_file;
    const GgufHeader &m_header;
    LlmConfig m_config;
};

} // namespace

Result<LlmConfig> ggufConfig(const GgufFile &file)
{
    return Reader(file).read();
}

} // namespace qs
