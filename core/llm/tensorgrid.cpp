// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/tensorgrid.h"

#include "core/llm/checkpointview.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace qs {
namespace {

constexpr const char *kVocabulary = "vocabulary";

struct Kind
{
    std::string_view name;
    std::string_view folder; ///< in transformers' names
    std::string_view gguf; ///< in those of llama.cpp (gguf-py/gguf/tensor_mapping.py)
};

// In the order of use; gate_up_proj is "ffn_up" in GGUF files.
constexpr Kind kKinds[] = {
    {"vocabulary", "", ""},
    {"attn_norm", "input_layernorm", "attn_norm"},
    {"q", "self_attn.q_proj", "attn_q"},
    {"k", "self_attn.k_proj", "attn_k"},
    {"v", "self_attn.v_proj", "attn_v"},
    {"qkv", "self_attn.qkv_proj", "attn_qkv"},
    {"q_norm", "self_attn.q_norm", "attn_q_norm"},
    {"k_norm", "self_attn.k_norm", "attn_k_norm"},
    {"o", "self_attn.o_proj", "attn_output"},
    {"post_attn_norm", "", "post_attention_norm"},
    {"ffn_norm", "pre_feedforward_layernorm", "ffn_norm"},
    {"router", "block_sparse_moe.gate", "ffn_gate_inp"},
    {"gate", "mlp.gate_proj", "ffn_gate"},
    {"gate", "block_sparse_moe.experts.w1", "ffn_gate_exps"},
    {"up", "mlp.up_proj", "ffn_up"},
    {"up", "mlp.gate_up_proj", "ffn_up"},
    {"up", "block_sparse_moe.experts.w3", "ffn_up_exps"},
    {"down", "mlp.down_proj", "ffn_down"},
    {"down", "block_sparse_moe.experts.w2", "ffn_down_exps"},
    {"post_ffn_norm", "post_feedforward_layernorm", "post_ffw_norm"},
};

struct Outside
{
    std::string_view name;
    std::int64_t layer;
    std::string_view kind;
};

constexpr Outside kOutside[] = {
    {"model.embed_tokens", TensorPlace::kBeforeLayers, kVocabulary},
    {"token_embd", TensorPlace::kBeforeLayers, kVocabulary},
    {"model.norm", TensorPlace::kAfterLayers, "attn_norm"}, // the norm of what follows, as in a block
    {"output_norm", TensorPlace::kAfterLayers, "attn_norm"},
    {"lm_head", TensorPlace::kAfterLayers, kVocabulary},
    {"output", TensorPlace::kAfterLayers, kVocabulary},
};

/// Takes "3." off the front of \a text.
std::optional<std::int64_t> takeNumber(std::string_view &text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto length = static_cast<std::size_t>(end - text.data());
    if (error != std::errc {} || number < 0 || number == TensorPlace::kAfterLayers || length >= text.size()
        || text[length] != '.')
        return std::nullopt;
    text.remove_prefix(length + 1);
    return number;
}

std::string kindOf(std::string_view stem, bool isGemma)
{
    if (stem == "post_attention_layernorm")
        return isGemma ? "post_attn_norm" : "ffn_norm";
    std::string name(stem);
    constexpr std::string_view kExperts = "block_sparse_moe.experts.";
    if (stem.starts_with(kExperts)) {
        stem.remove_prefix(kExperts.size());
        if (takeNumber(stem))
            name = std::string(kExperts) + std::string(stem);
    }
    const auto *const found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind &kind) {
        return !name.empty() && (kind.folder == name || kind.gguf == name);
    });
    return found == std::end(kKinds) ? name : std::string(found->name);
}

std::ptrdiff_t orderOf(const std::string &kind)
{
    return std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind &k) { return k.name == kind; })
        - std::begin(kKinds);
}

struct ErrorSums
{
    double squares = 0;
    double errors = 0;
};

} // namespace

TensorPlace tensorPlaceOf(const std::string &name, bool isGemma)
{
    std::string_view stem = name;
    for (const std::string_view suffix : {".weight", ".bias"}) {
        if (stem.ends_with(suffix))
            stem.remove_suffix(suffix.size());
    }
    for (const Outside &outside : kOutside) {
        if (stem == outside.name)
            return {outside.layer, std::string(outside.kind)};
    }
    for (const std::string_view prefix : {"model.layers.", "blk."}) {
        if (!stem.starts_with(prefix))
            continue;
        std::string_view rest = stem.substr(prefix.size());
        if (const auto layer = takeNumber(rest))
            return {*layer, kindOf(rest, isGemma)};
    }
    return {TensorPlace::kAfterLayers, std::string(stem)};
}

const TensorCell *TensorGrid::find(const TensorPlace &place) const
{
    const auto found = cells.find(place);
    return found == cells.end() ? nullptr : &found->second;
}

TensorGrid makeTensorGrid(const CheckpointView &view, const WeightDrift *drift)
{
    const bool isGemma = view.architecture.starts_with("gemma");
    TensorGrid grid;
    std::map<TensorPlace, std::int64_t> largest;
    for (const CheckpointTensor &tensor : view.tensors) {
        const TensorPlace place = tensorPlaceOf(tensor.name, isGemma);
        TensorCell &cell = grid.cells[place];
        cell.elements += tensor.elements();
        cell.byteSize += tensor.byteSize;
        if (cell.names.empty() || tensor.elements() > largest[place]) {
            largest[place] = tensor.elements();
            cell.type = tensor.type;
            cell.shape = tensor.shape;
            cell.isQuantized = tensor.isQuantized;
            cell.names.insert(cell.names.begin(), tensor.name);
        } else {
            cell.names.push_back(tensor.name);
        }
    }
    std::map<TensorPlace, ErrorSums> sums;
    for (const WeightError &error : drift ? drift->tensors : std::vector<WeightError>()) {
        ErrorSums &sum = sums[tensorPlaceOf(error.name, isGemma)];
        sum.squares += error.squares;
        sum.errors += error.errors;
    }
    for (const auto &[place, sum] : sums) {
        if (const auto cell = grid.cells.find(place); cell != grid.cells.end())
            cell->second.sqnrDb = sum.errors > 0 ? 10 * std::log10(sum.squares / sum.errors)
                                                 : std::numeric_limits<double>::infinity();
    }
    std::set<std::int64_t> layers;
    std::set<std::string> kinds;
    for (const auto &[place, cell] : grid.cells) {
        layers.insert(place.layer);
        kinds.insert(place.kind);
    }
    grid.layers.assign(layers.begin(), layers.end());
    grid.kinds.assign(kinds.begin(), kinds.end());
    std::stable_sort(grid.kinds.begin(), grid.kinds.end(),
                     [](const std::string &a, const std::string &b) { return orderOf(a) < orderOf(b); });
    return grid;
}

std::vector<std::string> patternsFor(const std::set<TensorPlace> &places, const GgufHeader &header)
{
    const bool isGemma = header.architecture().starts_with("gemma");
    std::vector<std::string> patterns;
    std::map<std::string, std::set<std::int64_t>> chosen; // layers by the name within a layer
    std::map<std::string, std::set<std::int64_t>> all;
    for (const GgufTensorInfo &tensor : header.tensors) {
        if (!isQuantizable(tensor))
            continue;
        const TensorPlace place = tensorPlaceOf(tensor.name, isGemma);
        const std::string stem = tensor.name.substr(0, tensor.name.rfind('.'));
        if (!tensor.name.starts_with("blk.")) {
            if (places.contains(place))
                patterns.push_back("^" + stem + "\\.");
            continue;
        }
        const std::string kind = stem.substr(stem.find('.', 4) + 1);
        all[kind].insert(place.layer);
        if (places.contains(place))
            chosen[kind].insert(place.layer);
    }
    for (const auto &[kind, layers] : chosen) {
        if (layers == all[kind]) {
            patterns.push_back("\\." + kind + "\\.");
            continue;
        }
        std::string list;
        for (const std::int64_t layer : layers)
            list += (list.empty() ? "" : "|") + std::to_string(layer);
        patterns.push_back("^blk\\." + (layers.size() > 1 ? "(" + list + ")" : list) + "\\." + kind + "\\.");
    }
    return patterns;
}

} // namespace qs
