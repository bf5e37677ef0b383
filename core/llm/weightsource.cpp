// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/weightsource.h"

namespace qs {

std::vector<LinearShape> linearsOf(const LlmConfig &config)
{
    const std::int64_t queries = config.queryWidth();
    const std::int64_t keys = config.keyWidth();
    const std::int64_t hidden = config.hidden;
    const std::int64_t inner = config.intermediate;
    const bool qkv = config.hasQkvBias;
    const bool mlp = config.hasMlpBias;
    using Point = InputPoint;
    std::vector<LinearShape> linears;
    if (config.hasFusedProjections) {
        linears.push_back({LinearRole::Qkv, Point::Attention, queries + 2 * keys, hidden, qkv});
    } else {
        linears.push_back({LinearRole::Query, Point::Attention, queries, hidden, qkv});
        linears.push_back({LinearRole::Key, Point::Attention, keys, hidden, qkv});
        linears.push_back({LinearRole::Value, Point::Attention, keys, hidden, qkv});
    }
    linears.push_back({LinearRole::Output, Point::Output, hidden, queries, config.hasOutputBias});
    if (config.hasFusedProjections) {
        linears.push_back({LinearRole::GateUp, Point::Mlp, 2 * inner, hidden, mlp});
    } else {
        linears.push_back({LinearRole::Gate, Point::Mlp, inner, hidden, mlp});
        linears.push_back({LinearRole::Up, Point::Mlp, inner, hidden, mlp});
    }
    linears.push_back({LinearRole::Down, Point::Down, hidden, inner, mlp});
    return linears;
}

std::string layerTensor(std::int64_t layer, const std::string &rest)
{
    return "model.layers." + std::to_string(layer) + "." + rest;
}

std::string moduleName(std::int64_t layer, LinearRole role)
{
    const auto name = [&]() -> const char * {
        switch (role) {
        case LinearRole::Query:
            return "self_attn.q_proj";
        case LinearRole::Key:
            return "self_attn.k_proj";
        case LinearRole::Value:
            return "self_attn.v_proj";
        case LinearRole::Qkv:
            return "self_attn.qkv_proj";
        case LinearRole::Output:
            return "self_attn.o_proj";
        case LinearRole::Gate:
            return "mlp.gate_proj";
        case LinearRole::Up:
            return "mlp.up_proj";
        case LinearRole::GateUp:
            return "mlp.gate_up_proj";
        case LinearRole::Down:
            return "mlp.down_proj";
        }
        return "";
    };
    return layerTensor(layer, name());
}

} // namespace qs
