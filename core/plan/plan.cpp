// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/plan.h"

#include "core/base/base64.h"
#include "core/base/findingjson.h"
#include "core/base/textjson.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace qs {
namespace {

constexpr std::string_view kFormNames[]
    = {"float", "integer", "moves", "absorbed", "dynamic", "weight-only", "integer-table"};

nlohmann::json tensorJson(const TensorPlan &tensor)
{
    nlohmann::json json {{"role", toString(tensor.role)},
                         {"type", toString(tensor.scheme.type)},
                         {"symmetric", tensor.scheme.symmetric}};
    writeText(json, "reason", tensor.reason);
    if (tensor.scheme.bits > 0)
        json["bits"] = tensor.scheme.bits;
    if (tensor.axis)
        json["axis"] = *tensor.axis;
    if (tensor.blocks)
        json["blocks"] = {{"bits", tensor.blocks->bits},
                          {"block_size", tensor.blocks->blockSize},
                          {"symmetric", tensor.blocks->symmetric},
                          {"searched", tensor.blocks->searched}};
    if (!tensor.sharedWith.empty())
        json["shared_with"] = tensor.sharedWith;
    if (!tensor.shift.empty())
        json["shift"] = tensor.shift;
    if (!tensor.roundUp.empty())
        json["round_up"] = toBase64(tensor.roundUp);
    for (const Range &range : tensor.ranges)
        json["range"].push_back({range.min, range.max});
    for (const ScaleZeroPoint &params : tensor.params) {
        json["scale"].push_back(params.scale);
        json["zero_point"].push_back(params.zeroPoint);
    }
    return json;
}

} // namespace

const char *toString(TensorRole role)
{
    switch (role) {
    case TensorRole::Activation:
        return "activation";
    case TensorRole::Weight:
        return "weight";
    case TensorRole::Bias:
        return "bias";
    }
    return "activation";
}

const char *toString(NodeForm form)
{
    return kFormNames[static_cast<std::size_t>(form)].data();
}

std::optional<NodeForm> nodeFormFromString(std::string_view name)
{
    const auto *const it = std::ranges::find(kFormNames, name);
    return it == std::end(kFormNames) ? std::nullopt
                                      : std::optional(static_cast<NodeForm>(it - std::begin(kFormNames)));
}

const char *toString(FileFormat format)
{
    return format == FileFormat::QOperator ? "qoperator" : "qdq";
}

std::set<std::string> Plan::layersOf(NodeForm form) const
{
    std::set<std::string> layers;
    for (const NodePlan &node : nodes) {
        if (node.form == form)
            layers.insert(node.layer);
    }
    return layers;
}

std::string biasKey(const std::string &layer)
{
    return layer + ":bias";
}

nlohmann::json toJson(const Plan &plan)
{
    nlohmann::json json {{"strategy", plan.strategy},
                         {"target", plan.target},
                         {"format", toString(plan.format)},
                         {"accuracy_level", plan.accuracyLevel},
                         {"blocks_in_pairs", plan.blocksInPairs}};
    if (plan.channelMultiples != ChannelMultiples {})
        json["channel_multiples"]
            = {plan.channelMultiples.inputs, plan.channelMultiples.outputs, plan.channelMultiples.depthwise};
    json["nodes"] = nlohmann::json::array();
    for (const NodePlan &node : plan.nodes) {
        nlohmann::json item {{"layer", node.layer},
                             {"op", node.op},
                             {"quantized", node.isQuantized()},
                             {"form", toString(node.form)}};
        writeText(item, "reason", node.reason);
        json["nodes"].push_back(std::move(item));
    }
    json["tensors"] = nlohmann::json::object();
    for (const auto &[name, tensor] : plan.tensors)
        json["tensors"][name] = tensorJson(tensor);
    if (!plan.rescales.empty())
        json["rescales"] = toJson(plan.rescales);
    json["findings"] = toJson(plan.findings);
    return json;
}

} // namespace qs
