// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/channelpadding.h"

#include "core/base/jsontext.h"
#include "core/model/model.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>

namespace qs {
namespace {

constexpr std::size_t kChannelAxis = 1;

Tensor resizedChannels(const Tensor &values, std::int64_t from, std::int64_t to)
{
    const Shape &shape = values.shape();
    return shape.size() > kChannelAxis && shape[kChannelAxis] == from && values.size() > 0
        ? resizedAlong(values, kChannelAxis, to)
        : values;
}

} // namespace

Tensor resizedAlong(const Tensor &values, std::size_t axis, std::int64_t wanted)
{
    Shape shape = values.shape();
    assert(axis < shape.size() && wanted > 0 && values.size() > 0);
    const std::int64_t kept = std::min(shape[axis], wanted);
    const std::size_t slice = values.byteSize()
        / static_cast<std::size_t>(elementCount(
            Shape(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1)));
    const std::size_t from = static_cast<std::size_t>(shape[axis]) * slice;
    const std::size_t to = static_cast<std::size_t>(wanted) * slice;
    shape[axis] = wanted;
    Tensor result(values.type(), shape);
    const std::span<std::byte> bytes = result.mutableBytes();
    for (std::size_t outer = 0; outer * from < values.byteSize(); ++outer)
        std::memcpy(bytes.data() + outer * to, values.bytes().data() + outer * from,
                    static_cast<std::size_t>(kept) * slice);
    return result;
}

ChannelPadding::ChannelPadding(const Model &model)
{
    const std::optional<std::string> text = model.metadata(kChannelPaddingKey);
    if (!text)
        return;
    const nlohmann::json json = parseJson(*text);
    try {
        for (const auto &[tensor, channels] : json.items())
            m_channels[tensor] = {channels.at(0).get<std::int64_t>(), channels.at(1).get<std::int64_t>()};
    } catch (const std::exception &) {
        m_channels.clear();
    }
    std::erase_if(m_channels, [](const auto &entry) {
        const auto &[trained, stored] = entry.second;
        return trained < 1 || stored <= trained || stored / 2 >= trained; // no pass adds that many
    });
}

nlohmann::json ChannelPadding::toJson() const
{
    nlohmann::json json = nlohmann::json::object();
    for (const auto &[tensor, channels] : m_channels)
        json[tensor] = {channels.trained, channels.stored};
    return json;
}

Tensor ChannelPadding::stripped(const std::string &tensor, const Tensor &values) const
{
    const auto it = m_channels.find(tensor);
    return it == m_channels.end() ? values : resizedChannels(values, it->second.stored, it->second.trained);
}

Tensor ChannelPadding::padded(const std::string &tensor, const Tensor &values) const
{
    const auto it = m_channels.find(tensor);
    return it == m_channels.end() ? values : resizedChannels(values, it->second.trained, it->second.stored);
}

} // namespace qs
