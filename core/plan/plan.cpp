// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/plan.h"

#include "core/base/findingjson.h"
#include "core/base/textjson.h"

#include <nlohmann/json.hpp>

namespace qs {
namespace {

nlohmann::json tensorJson(const TensorPlan &tensor)
{
    nlohmann::json json {{"role", toString(tensor.role)},
                         {"type", toString(tensor.scheme.type)},
                         {"symmetric", tensor.scheme.symmetric}};
    writeText(json, "reason", tensor.reason);
    if (tensor.scheme.reduced)
        json["reduced_range"] = true;
    if (tensor.axis)
        json["axis"] = *tensor.axis;
    if (!tensor.sharedWith.empty())
        json["shared_with"] = tensor.sharedWith;
    if (!tensor.shift.empty())
        json["shift"] = tensor.shift;
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

std::string biasKey(const std::string &layer)
{
    return layer + ":bias";
}

nlohmann::json toJson(const Plan &plan)
{
    nlohmann::json json {{"strategy", plan.strategy}, {"target", plan.target}};
    json["nodes"] = nlohmann::json::array();
    for (const NodePlan &node : plan.nodes) {
        nlohmann::json item {{"layer", node.layer},
                             {"op", node.op},
                             {"quantized", node.quantized},
                             {"absorbed", node.absorbed}};
        writeText(item, "reason", node.reason);
        json["nodes"].push_back(std::move(item));
    }
    json["tensors"] = nlohmann::json::object();
    for (const auto &[name, tensor] : plan.tensors)
        json["tensors"][name] = tensorJson(tensor);
    json["findings"] = toJson(plan.findings);
    return json;
}

} // namespace qs
