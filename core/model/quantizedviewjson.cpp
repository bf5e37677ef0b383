// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/quantizedview.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace qs {
namespace {

constexpr std::size_t kMostListed = 4096; // a scale a channel is of use, one a block of 32 weights is not

nlohmann::json toJson(const QuantizedTensor &tensor)
{
    nlohmann::json json {{"name", tensor.name},         {"layer", tensor.layer},
                         {"role", roleName(tensor)},    {"type", toString(tensor.type)},
                         {"bits", tensor.bits},         {"granularity", toString(tensor.granularity)},
                         {"dynamic", tensor.isDynamic}, {"scale_count", tensor.scales.size()}};
    if (!tensor.shape.empty())
        json["shape"] = tensor.shape;
    if (tensor.axis)
        json["axis"] = *tensor.axis;
    if (tensor.blockSize > 0)
        json["block_size"] = tensor.blockSize;
    if (!tensor.scales.empty()) {
        const auto [low, high] = std::minmax_element(tensor.scales.begin(), tensor.scales.end());
        json["scale_min"] = *low;
        json["scale_max"] = *high;
        json["range"] = {tensor.range.min, tensor.range.max};
    }
    if (!tensor.zeroPoints.empty()) {
        const auto [low, high] = std::minmax_element(tensor.zeroPoints.begin(), tensor.zeroPoints.end());
        json["zero_point_min"] = *low;
        json["zero_point_max"] = *high;
    }
    if (tensor.scales.size() <= kMostListed) {
        json["scales"] = tensor.scales;
        json["zero_points"] = tensor.zeroPoints;
    }
    return json;
}

} // namespace

nlohmann::json toJson(const QuantizedView &view)
{
    nlohmann::json json {
        {"forms", view.forms}, {"tensors", nlohmann::json::array()}, {"layers", nlohmann::json::array()}};
    for (const QuantizedTensor &tensor : view.tensors)
        json["tensors"].push_back(toJson(tensor));
    for (const QuantizedLayer &layer : view.layers)
        json["layers"].push_back({{"name", layer.name},
                                  {"op", layer.op},
                                  {"precision", layer.precision.empty() ? "float" : layer.precision}});
    return json;
}

} // namespace qs
