// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/imagecodecs.h"

#include <algorithm>

namespace qs::codecs {
namespace {

class TiffReader
{
public:
    explicit TiffReader(Bytes bytes)
        : m_bytes(bytes)
        , m_isBig(bytes.size() > 1 && bytes[0] == 'M')
    { }

    /// \a size bytes at \a offset as a number, nothing beyond the end.
    std::optional<std::uint32_t> number(std::size_t offset, std::size_t size) const
    {
        if (offset > m_bytes.size() || m_bytes.size() - offset < size)
            return std::nullopt;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value = (value << 8) | m_bytes[offset + (m_isBig ? i : size - 1 - i)];
        return value;
    }

private:
    Bytes m_bytes;
    bool m_isBig;
};

} // namespace

int exifOrientation(Bytes tiff)
{
    const TiffReader reader(tiff);
    const auto magic = reader.number(2, 2);
    const auto directory = reader.number(4, 4);
    if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M') || magic != 42U)
        return 1;
    const std::uint32_t entries = reader.number(*directory, 2).value_or(0);
    for (std::uint32_t i = 0; i < entries; ++i) {
        const std::size_t entry = std::size_t {*directory} + 2 + std::size_t {12} * i;
        const auto tag = reader.number(entry, 2);
        if (!tag)
            return 1;
        if (*tag != 0x0112)
            continue;
        constexpr std::uint32_t kShort = 3;
        const auto value = reader.number(entry + 8, 2);
        const bool isSensible = reader.number(entry + 2, 2) == kShort && value && *value >= 1 && *value <= 8;
        return isSensible ? static_cast<int>(*value) : 1;
    }
    return 1;
}

Image upright(Image image, int orientation)
{
    if (orientation <= 1 || orientation > 8)
        return image;
    // EXIF 2.3, 4.6.4: where row 0 and column 0 of the stored picture belong.
    const bool isTransposed = orientation >= 5;
    const bool flipsX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool flipsY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    Image turned = makeImage(isTransposed ? image.height : image.width,
                             isTransposed ? image.width : image.height, image.channels);
    const auto channels = static_cast<std::size_t>(image.channels);
    for (int y = 0; y < turned.height; ++y) {
        std::uint8_t *out = turned.row(y);
        for (int x = 0; x < turned.width; ++x, out += channels) {
            int sourceX = isTransposed ? y : x;
            int sourceY = isTransposed ? x : y;
            sourceX = flipsX ? image.width - 1 - sourceX : sourceX;
            sourceY = flipsY ? image.height - 1 - sourceY : sourceY;
            const std::uint8_t *in = image.row(sourceY) + static_cast<std::size_t>(sourceX) * channels;
            std::copy_n(in, channels, out);
        }
    }
    return turned;
}

} // namespace qs::codecs
