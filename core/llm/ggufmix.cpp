// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufmix.h"

#include "core/llm/safetensorsheader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <regex>

namespace qs {
namespace {

constexpr std::array kMixes {
    GgufMix {"F32", 0, GgmlType::F32},      GgufMix {"F16", 1, GgmlType::F16},
    GgufMix {"BF16", 32, GgmlType::BF16},   GgufMix {"Q8_0", 7, GgmlType::Q8_0},
    GgufMix {"Q6_K", 18, GgmlType::Q6_K},   GgufMix {"Q5_K_M", 17, GgmlType::Q5_K},
    GgufMix {"Q5_K_S", 16, GgmlType::Q5_K}, GgufMix {"Q5_1", 9, GgmlType::Q5_1},
    GgufMix {"Q5_0", 8, GgmlType::Q5_0},    GgufMix {"Q4_K_M", 15, GgmlType::Q4_K},
    GgufMix {"Q4_K_S", 14, GgmlType::Q4_K}, GgufMix {"Q4_1", 3, GgmlType::Q4_1},
    GgufMix {"Q4_0", 2, GgmlType::Q4_0},    GgufMix {"Q3_K_L", 13, GgmlType::Q3_K},
    GgufMix {"Q3_K_M", 12, GgmlType::Q3_K}, GgufMix {"Q3_K_S", 11, GgmlType::Q3_K},
    GgufMix {"Q2_K", 10, GgmlType::Q2_K},
};

/// What a tensor is in its layer.
enum class Role { Output, Embedding, Value, Key, AttentionOutput, Down, Other };

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

Role roleOf(std::string_view name, bool isTied)
{
    if (name == "output.weight" || (isTied && name == "token_embd.weight"))
        return Role::Output;
    if (name == "token_embd.weight" || name == "per_layer_token_embd.weight")
        return Role::Embedding;
    if (contains(name, "attn_v.weight") || contains(name, "attn_qkv.weight")
        || contains(name, "attn_kv_b.weight"))
        return Role::Value;
    if (contains(name, "attn_k.weight"))
        return Role::Key;
    if (contains(name, "attn_output.weight"))
        return Role::AttentionOutput;
    if (contains(name, "ffn_down"))
        return Role::Down;
    return Role::Other;
}

/// The number N of "blk.N.…", -1 for tensors outside of the layers.
std::int64_t layerOf(std::string_view name)
{
    constexpr std::string_view kPrefix = "blk.";
    std::int64_t layer = -1;
    if (name.starts_with(kPrefix))
        std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), layer);
    return layer;
}

/// Layers that get more bits: the first and the last eighth, and every third between.
bool isFavoured(std::int64_t i, std::int64_t n)
{
    return i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2;
}

GgmlType withSmallerBlocks(GgmlType type, std::int64_t rowLength)
{
    switch (type) {
    case GgmlType::Q2_K:
    case GgmlType::Q3_K:
        type = GgmlType::Q4_0;
        break;
    case GgmlType::Q4_K:
        type = GgmlType::Q5_0;
        break;
    case GgmlType::Q5_K:
        type = GgmlType::Q5_1;
        break;
    case GgmlType::Q6_K:
        type = GgmlType::Q8_0;
        break;
    default:
        break;
    }
    return rowLength % ggmlTraits(type).blockElements == 0 ? type : GgmlType::F16;
}

std::string nameOf(GgmlType type)
{
    return std::string(ggmlTraits(type).name);
}

/// The numbers of a model that the rules ask for.
struct ModelShape
{
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t keyHeads = 0;
    std::int64_t experts = 0;

    explicit ModelShape(const GgufHeader &header)
    {
        const std::string prefix = header.architecture() + ".";
        const auto number = [&](const char *key) {
            return static_cast<std::int64_t>(
                std::min<std::uint64_t>(header.number(prefix + key).value_or(0), 1U << 31));
        };
        layers = number("block_count");
        heads = number("attention.head_count");
        keyHeads = number("attention.head_count_kv");
        experts = number("expert_count");
        keyHeads = keyHeads > 0 ? keyHeads : heads;
    }
    std::int64_t headsPerKey() const { return keyHeads > 0 ? heads / keyHeads : 1; }
    bool hasEightExperts() const { return experts == 8; }
    /// Llama 70B, whose value matrices are small beside the rest and shared by eight heads.
    bool isLlama70B() const { return layers == 80 && heads != keyHeads; }
};

class Chooser
{
public:
    Chooser(const GgufHeader &header, const GgufMix &mix, const GgufMixOptions &options)
        : m_header(header)
        , m_shape(header)
        , m_mix(mix)
        , m_options(options)
        , m_isTied(!header.findTensor("output.weight"))
        , m_isMixed(ggmlTraits(mix.base).isQuantized && !options.isPure)
    { }

    Result<std::vector<GgufTypeChoice>> choose()
    {
        QS_CHECK(compileRules());
        countLayers();
        std::vector<GgufTypeChoice> choices;
        for (const GgufTensorInfo &tensor : m_header.tensors)
            choices.push_back(choiceFor(tensor));
        for (std::size_t i = 0; i < m_rules.size(); ++i) {
            if (!m_isUsed[i])
                return Error {ErrorCode::InvalidArgument,
                              {},
                              "pattern " + quotedName(m_options.rules[i].pattern)
                                  + " decides on no tensor that can be quantized"};
        }
        return choices;
    }

private:
    Status compileRules()
    {
        QS_CHECK(checkRules(m_options.rules));
        for (const GgufTypeRule &rule : m_options.rules)
            m_rules.emplace_back(rule.pattern);
        m_isUsed.assign(m_rules.size(), false);
        return Done {};
    }

    /// Rules speak of the how-manieth value or down matrix, in the order of layers.
    void countLayers()
    {
        std::map<std::int64_t, std::int64_t> values;
        for (const GgufTensorInfo &tensor : m_header.tensors) {
            if (roleOf(tensor.name, m_isTied) == Role::Value)
                values[layerOf(tensor.name)] = 0;
        }
        std::int64_t count = 0;
        for (auto &[layer, place] : values)
            place = count++;
        m_valuePlaces = std::move(values);
    }

    GgufTypeChoice choiceFor(const GgufTensorInfo &tensor)
    {
        if (!isQuantizable(tensor))
            return {
                tensor.type,
                sentence(QS_TR_NOOP("Sentence", "kept: not a weight matrix that runtimes take quantized"))};
        GgufTypeChoice choice {
            m_mix.base,
            sentence(QS_TR_NOOP("Sentence", "type of most tensors of %1"), {std::string(m_mix.name)})};
        std::size_t rule = 0;
        while (rule < m_rules.size() && !std::regex_search(tensor.name, m_rules[rule]))
            ++rule;
        if (rule < m_rules.size()) {
            m_isUsed[rule] = true;
            choice = {m_options.rules[rule].type,
                      sentence(QS_TR_NOOP("Sentence", "chosen by the pattern %1"),
                               {m_options.rules[rule].pattern})};
        } else if (m_isMixed) {
            const GgmlType mixed = mixedType(tensor);
            if (mixed != choice.type)
                choice = {mixed,
                          sentence(QS_TR_NOOP("Sentence", "%1 gives this tensor a type of its own"),
                                   {std::string(m_mix.name)})};
        }
        if (tensor.rowLength() % ggmlTraits(choice.type).blockElements != 0) {
            const GgmlType other = withSmallerBlocks(choice.type, tensor.rowLength());
            choice = {other,
                      sentence(QS_TR_NOOP("Sentence", "rows of %1 are no multiple of a block of %2"),
                               {std::to_string(tensor.rowLength()), nameOf(choice.type)}),
                      true};
        }
        return choice;
    }

    bool is(std::string_view mix) const { return m_mix.name == mix; }

    GgmlType mixedType(const GgufTensorInfo &tensor) const
    {
        switch (roleOf(tensor.name, m_isTied)) {
        case Role::Output:
            if (m_mix.base == GgmlType::Q8_0
                || tensor.rowLength() % ggmlTraits(m_mix.base).blockElements != 0)
                return GgmlType::Q8_0;
            return GgmlType::Q6_K;
        case Role::Value:
            return valueType(m_valuePlaces.at(layerOf(tensor.name)));
        case Role::Key:
            return m_shape.hasEightExperts() ? GgmlType::Q8_0 : m_mix.base;
        case Role::AttentionOutput:
            return attentionOutputType();
        case Role::Down:
            return downType(layerOf(tensor.name));
        case Role::Embedding:
        case Role::Other:
            break;
        }
        return m_mix.base;
    }

    GgmlType valueType(std::int64_t i) const
    {
        GgmlType type = m_mix.base;
        const auto n = static_cast<std::int64_t>(m_valuePlaces.size());
        if (is("Q2_K"))
            type = m_shape.headsPerKey() >= 4 ? GgmlType::Q4_K : GgmlType::Q3_K;
        else if (is("Q3_K_M"))
            type = i < 2 ? GgmlType::Q5_K : GgmlType::Q4_K;
        else if (is("Q3_K_L"))
            type = GgmlType::Q5_K;
        else if ((is("Q4_K_M") || is("Q5_K_M")) && isFavoured(i, n))
            type = GgmlType::Q6_K;
        else if (is("Q4_K_S") && i < 4)
            type = GgmlType::Q5_K;
        if (m_shape.isLlama70B() && (type == GgmlType::Q3_K || type == GgmlType::Q4_K))
            type = GgmlType::Q5_K;
        return m_shape.hasEightExperts() ? GgmlType::Q8_0 : type;
    }

    GgmlType attentionOutputType() const
    {
        if (m_shape.hasEightExperts()) {
            const bool isRaised = is("Q2_K") || is("Q3_K_S") || is("Q3_K_M") || is("Q4_K_S") || is("Q4_K_M");
            return isRaised ? GgmlType::Q5_K : m_mix.base;
        }
        if (is("Q2_K"))
            return GgmlType::Q3_K;
        if (is("Q3_K_M"))
            return GgmlType::Q4_K;
        return is("Q3_K_L") ? GgmlType::Q5_K : m_mix.base;
    }

    GgmlType downType(std::int64_t i) const
    {
        const std::int64_t n = m_shape.layers;
        if (is("Q2_K"))
            return GgmlType::Q3_K;
        if (is("Q3_K_M"))
            return i < n / 16 ? GgmlType::Q5_K : GgmlType::Q4_K;
        if (is("Q3_K_L"))
            return GgmlType::Q5_K;
        if ((is("Q4_K_M") || is("Q5_K_M")) && isFavoured(i, n))
            return GgmlType::Q6_K;
        if (is("Q4_K_S") && i < n / 8)
            return GgmlType::Q5_K;
        if (m_options.hasImportance && i < n / 8 && is("Q4_0"))
            return GgmlType::Q4_1;
        if (m_options.hasImportance && i < n / 8 && is("Q5_0"))
            return GgmlType::Q5_1;
        return m_mix.base;
    }

    const GgufHeader &m_header;
    ModelShape m_shape;
    const GgufMix &m_mix;
    const GgufMixOptions &m_options;
    bool m_isTied;
    bool m_isMixed;
    std::vector<std::regex> m_rules;
    std::vector<bool> m_isUsed;
    std::map<std::int64_t, std::int64_t> m_valuePlaces;
};

} // namespace

std::span<const GgufMix> ggufMixes()
{
    return kMixes;
}

Result<const GgufMix *> requireGgufMix(std::string_view name)
{
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
    std::string wanted;
    std::transform(name.begin(), name.end(), std::back_inserter(wanted), upper);
    std::string known;
    for (const GgufMix &mix : kMixes) {
        if (mix.name == wanted)
            return &mix;
        known += (known.empty() ? "" : ", ") + std::string(mix.name);
    }
    return Error {ErrorCode::InvalidArgument, "GGUF type " + quotedName(name),
                  "not known; there are: " + known};
}

bool isQuantizable(const GgufTensorInfo &tensor)
{
    // Besides norms: routers, positions, the convolutions and mixing vectors of state-space and RWKV models.
    static constexpr std::string_view kKept[] = {
        "_norm.weight",
        "ffn_gate_inp.weight",
        "ffn_gate_tid2eid.weight",
        "position_embd.weight",
        "token_types.weight",
        "altup",
        "laurel",
        "per_layer_model_proj",
        "indexer.k_proj.weight",
        "indexer.q_proj.weight",
        "ssm_conv1d.weight",
        "shortconv.conv.weight",
        "time_mix_first.weight",
        "time_mix_w0.weight",
        "time_mix_w1.weight",
        "time_mix_w2.weight",
        "time_mix_v0.weight",
        "time_mix_v1.weight",
        "time_mix_v2.weight",
        "time_mix_a0.weight",
        "time_mix_a1.weight",
        "time_mix_a2.weight",
        "time_mix_g1.weight",
        "time_mix_g2.weight",
        "time_mix_decay_w1.weight",
        "time_mix_decay_w2.weight",
        "time_mix_lerp_fused.weight",
        "attn_rel_b.weight",
    };
    return tensor.shape.size() >= 2 && tensor.name.ends_with("weight")
        && std::none_of(std::begin(kKept), std::end(kKept),
                        [&](std::string_view part) { return contains(tensor.name, part); });
}

Status checkRules(std::span<const GgufTypeRule> rules)
{
    for (const GgufTypeRule &rule : rules) {
        if (!ggmlTraits(rule.type).quantize)
            return Error {
                ErrorCode::InvalidArgument, {}, "type " + nameOf(rule.type) + " cannot be written here"};
        try {
            (void)std::regex(rule.pattern);
        } catch (const std::regex_error &) {
            return Error {
                ErrorCode::InvalidArgument, {}, quotedName(rule.pattern) + " is no regular expression"};
        }
    }
    return Done {};
}

bool isRuled(const std::string &name, std::span<const GgufTypeRule> rules)
{
    return std::any_of(rules.begin(), rules.end(), [&](const GgufTypeRule &rule) {
        return std::regex_search(name, std::regex(rule.pattern));
    });
}

Result<std::vector<GgufTypeChoice>> chooseGgufTypes(const GgufHeader &header, const GgufMix &mix,
                                                    const GgufMixOptions &options)
{
    return Chooser(header, mix, options).choose();
}

} // namespace qs
