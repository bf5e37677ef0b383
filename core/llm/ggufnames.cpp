// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/ggufnames.h"

#include "core/llm/safetensorsheader.h"

#include <algorithm>
#include <charconv>

namespace qs {
namespace {

struct Renaming
{
    std::string_view from; ///< without the last part, "weight" or "bias"
    std::string_view to;
    RowOrder order = RowOrder::AsStored;
};

// gguf-py/gguf/tensor_mapping.py of llama.cpp.
constexpr Renaming kOutside[] = {
    {"model.embed_tokens", "token_embd"},
    {"model.norm", "output_norm"},
    {"lm_head", "output"},
};
constexpr Renaming kInLayer[] = {
    {"input_layernorm", "attn_norm"},
    {"self_attn.q_proj", "attn_q", RowOrder::QueryHeads},
    {"self_attn.k_proj", "attn_k", RowOrder::KeyHeads},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"self_attn.q_norm", "attn_q_norm"},
    {"self_attn.k_norm", "attn_k_norm"},
    {"self_attn.qkv_proj", "attn_qkv"},
    {"post_attention_layernorm", "ffn_norm"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
    {"mlp.gate_up_proj", "ffn_up"},
    {"block_sparse_moe.gate", "ffn_gate_inp"},
    {"block_sparse_moe.experts.w1", "ffn_gate_exps"},
    {"block_sparse_moe.experts.w3", "ffn_up_exps"},
    {"block_sparse_moe.experts.w2", "ffn_down_exps"},
};

template <std::size_t kSize> const Renaming *find(const Renaming (&list)[kSize], std::string_view name)
{
    const auto *const it
        = std::find_if(std::begin(list), std::end(list), [&](const Renaming &r) { return r.from == name; });
    return it == std::end(list) ? nullptr : it;
}

/// Takes a number and the dot behind it off the front of \a text.
std::optional<int> takeNumber(std::string_view &text)
{
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto length = static_cast<std::size_t>(end - text.data());
    if (error != std::errc {} || number < 0 || length >= text.size() || *end != '.')
        return std::nullopt;
    text.remove_prefix(length + 1);
    return number;
}

bool isLeftOut(std::string_view name)
{
    for (const std::string_view suffix : {"rotary_emb.inv_freq", "attention.masked_bias", "attention.bias",
                                          "self_attn.bias", "masked_bias"}) {
        if (name.ends_with(suffix))
            return true;
    }
    return false;
}

} // namespace

Result<GgufPlace> ggufPlaceOf(std::string_view hfName, std::string_view architecture)
{
    GgufPlace place;
    if (isLeftOut(hfName))
        return place;
    const Error unknown {ErrorCode::Unsupported,
                         {},
                         "tensor " + quotedName(hfName) + " has no place in a GGUF file of architecture "
                             + std::string(architecture)};
    const std::size_t dot = hfName.rfind('.');
    if (dot == std::string_view::npos)
        return unknown;
    const std::string_view kind = hfName.substr(dot + 1);
    std::string_view stem = hfName.substr(0, dot);
    if (kind != "weight" && kind != "bias")
        return unknown;
    constexpr std::string_view kLayers = "model.layers.";
    if (!stem.starts_with(kLayers)) {
        const Renaming *renaming = find(kOutside, stem);
        if (!renaming)
            return unknown;
        place.name = std::string(renaming->to) + "." + std::string(kind);
        return place;
    }
    stem.remove_prefix(kLayers.size());
    const std::optional<int> layer = takeNumber(stem);
    if (!layer)
        return unknown;
    std::string inLayer(stem);
    constexpr std::string_view kExperts = "block_sparse_moe.experts.";
    if (stem.starts_with(kExperts)) {
        stem.remove_prefix(kExperts.size());
        place.expert = takeNumber(stem);
        if (!place.expert)
            return unknown;
        inLayer = std::string(kExperts) + std::string(stem);
    }
    const Renaming *renaming = find(kInLayer, inLayer);
    if (!renaming)
        return unknown;
    place.name = "blk." + std::to_string(*layer) + "." + std::string(renaming->to) + "." + std::string(kind);
    place.order = architecture == "llama" ? renaming->order : RowOrder::AsStored;
    return place;
}

} // namespace qs
