// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>

namespace qs {

class Model;

/// Channels of zeros (axis 1) behind those a network was trained with, so that fast kernels take its
/// convolutions. Nothing of them reaches an output.
class ChannelPadding
{
public:
    struct Channels
    {
        std::int64_t trained = 0;
        std::int64_t stored = 0; ///< with those of zeros
    };

    ChannelPadding() = default;
    /// What \a model says of its tensors; metadata that is damaged counts as none.
    explicit ChannelPadding(const Model &model);

    bool isPadded(const std::string &tensor) const { return m_channels.contains(tensor); }
    bool isEmpty() const { return m_channels.empty(); }
    void add(const std::string &tensor, Channels channels) { m_channels[tensor] = channels; }
    nlohmann::json toJson() const;

    /// \a values of \a tensor, of any type, without the channels of zeros; as they are where it has none.
    Tensor stripped(const std::string &tensor, const Tensor &values) const;
    /// The way back.
    Tensor padded(const std::string &tensor, const Tensor &values) const;

private:
    std::map<std::string, Channels> m_channels;
};

/// Key of Model::metadata under which a model says which tensors have channels of zeros.
inline constexpr const char *kChannelPaddingKey = "quantstudio.channel_padding";

/// \a values with \a wanted instead of shape[axis] slices along \a axis: the last ones dropped, or zeros
/// appended. Elements of whole bytes.
Tensor resizedAlong(const Tensor &values, std::size_t axis, std::int64_t wanted);

} // namespace qs
