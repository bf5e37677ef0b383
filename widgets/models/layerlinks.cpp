// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/layerlinks.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace qs {
namespace {

bool isActivation(const Layer &layer)
{
    constexpr std::array<std::string_view, 9> kActivations {
        "Relu", "Clip", "LeakyRelu", "PRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Gelu"};
    return layer.inputs.size() == 1
        && std::find(kActivations.begin(), kActivations.end(), layer.op) != kActivations.end();
}

bool reads(const Layer &layer, const std::string &tensor)
{
    return std::find(layer.inputs.begin(), layer.inputs.end(), tensor) != layer.inputs.end();
}

} // namespace

const Layer *findLayer(const std::vector<Layer> &layers, const std::string &name)
{
    const auto it
        = std::find_if(layers.begin(), layers.end(), [&](const Layer &layer) { return layer.name == name; });
    return it == layers.end() ? nullptr : &*it;
}

const Layer *fusedActivation(const std::vector<Layer> &layers, const Layer &layer)
{
    if (layer.outputs.size() != 1)
        return nullptr;
    const Layer *reader = nullptr;
    for (const Layer &other : layers) {
        if (!reads(other, layer.outputs.front()))
            continue;
        if (reader)
            return nullptr;
        reader = &other;
    }
    return reader && isActivation(*reader) ? reader : nullptr;
}

std::string shownLayer(const std::vector<Layer> &layers, const std::string &layer, const KnownLayer &isKnown)
{
    const Layer *self = isKnown(layer) ? nullptr : findLayer(layers, layer);
    if (!self)
        return layer;
    if (const Layer *after = fusedActivation(layers, *self); after && isKnown(after->name))
        return after->name;
    if (!isActivation(*self))
        return layer;
    for (const Layer &other : layers)
        if (isKnown(other.name) && fusedActivation(layers, other) == self)
            return other.name;
    return layer;
}

} // namespace qs
