// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qs {

/// A decoded 8-bit picture: rows from the top, pixels from the left, channels R,G,B interleaved or one grey.
struct Image
{
    int width = 0;
    int height = 0;
    int channels = 0; ///< 1 or 3
    std::vector<std::uint8_t> pixels; ///< width * height * channels, no padding between rows

    std::size_t stride() const
    {
        return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
    }
    const std::uint8_t *row(int y) const { return pixels.data() + static_cast<std::size_t>(y) * stride(); }
    std::uint8_t *row(int y) { return pixels.data() + static_cast<std::size_t>(y) * stride(); }

    bool operator==(const Image &) const = default;
};

/// Black, allocated; \a channels is 1 or 3.
inline Image makeImage(int width, int height, int channels)
{
    Image image {width, height, channels, {}};
    image.pixels.resize(image.stride() * static_cast<std::size_t>(height));
    return image;
}

} // namespace qs
