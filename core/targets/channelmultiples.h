// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace qs {

/// Numbers of channels that a convolution must have a multiple of, so that a runtime's fast kernels take it.
struct ChannelMultiples
{
    std::int64_t inputs = 1; ///< of a convolution over all channels; 1 = any number will do
    std::int64_t outputs = 1; ///< of a convolution over all channels, twice this at least
    std::int64_t depthwise = 1; ///< in and out

    bool operator==(const ChannelMultiples &) const = default;
};

} // namespace qs
