// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Windows bitmaps (Microsoft's wingdi.h: BITMAPFILEHEADER, BITMAPCOREHEADER, BITMAPINFOHEADER to
// BITMAPV5HEADER). Own code, because OpenCV's imgcodecs would load a hundred libraries (GDAL, database
// clients) at the start of the program for it, and prints to the console where a file is damaged.
#include "core/data/imagecodecs.h"

#include <algorithm>
#include <array>
#include <bit>

namespace qs::codecs {
namespace {

constexpr std::uint32_t kRgb = 0; // BI_RGB
constexpr std::uint32_t kBitFields = 3; // BI_BITFIELDS
constexpr std::uint32_t kAlphaBitFields = 6; // BI_ALPHABITFIELDS

struct Header
{
    std::int64_t width = 0;
    std::int64_t height = 0;
    bool isTopDown = false;
    std::uint32_t bits = 0;
    std::size_t pixels = 0; ///< where they begin
    std::size_t palette = 0; ///< where it begins
    std::size_t paletteEntry = 4; ///< bytes
    std::size_t colours = 0; ///< in the palette
    std::array<std::uint32_t, 3> masks {}; ///< red, green, blue in pixels of 16 and 32 bits

    std::size_t stride() const { return (static_cast<std::size_t>(width) * bits + 31) / 32 * 4; }
};

std::uint32_t littleEndian(Bytes bytes, std::size_t offset, std::size_t size)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value |= static_cast<std::uint32_t>(bytes[offset + i]) << (8 * i);
    return value;
}

Error damaged(const std::string &reason)
{
    return {ErrorCode::Format, {}, "damaged BMP: " + reason};
}

/// The masks of a direct-colour picture, which follow the 40 bytes of the oldest header and are part of the
/// newer ones, at the same place.
Status readMasks(Bytes bytes, std::uint32_t compression, Header &header)
{
    if (header.bits != 16 && header.bits != 32)
        return Done {};
    header.masks = header.bits == 16 ? std::array<std::uint32_t, 3> {0x7C00, 0x03E0, 0x001F}
                                     : std::array<std::uint32_t, 3> {0xFF0000, 0x00FF00, 0x0000FF};
    if (compression == kRgb)
        return Done {};
    if (bytes.size() < 14 + 40 + 12)
        return damaged("the file is truncated");
    for (std::size_t c = 0; c < 3; ++c) {
        const std::uint32_t mask = littleEndian(bytes, 54 + 4 * c, 4);
        const std::uint32_t run = mask == 0 ? 0 : mask >> std::countr_zero(mask);
        if (mask == 0 || !std::has_single_bit(std::uint64_t {run} + 1))
            return damaged("a colour mask that is no run of bits");
        header.masks[c] = mask;
    }
    return Done {};
}

Result<Header> readHeader(Bytes bytes, const DecodeLimits &limits)
{
    if (bytes.size() < 14 + 12)
        return damaged("the file is truncated");
    Header header;
    header.pixels = littleEndian(bytes, 10, 4);
    const std::uint32_t size = littleEndian(bytes, 14, 4);
    std::uint32_t compression = kRgb;
    std::uint32_t used = 0;
    if (size == 12) {
        header.width = littleEndian(bytes, 18, 2);
        header.height = littleEndian(bytes, 20, 2);
        header.bits = littleEndian(bytes, 24, 2);
        header.paletteEntry = 3;
    } else if (size >= 40 && size <= 124) {
        if (bytes.size() < 14 + size)
            return damaged("the file is truncated");
        header.width = static_cast<std::int32_t>(littleEndian(bytes, 18, 4));
        header.height = static_cast<std::int32_t>(littleEndian(bytes, 22, 4));
        header.isTopDown = header.height < 0;
        header.height = std::abs(header.height);
        header.bits = littleEndian(bytes, 28, 2);
        compression = littleEndian(bytes, 30, 4);
        used = littleEndian(bytes, 46, 4);
    } else {
        return damaged("an unknown header of " + std::to_string(size) + " bytes");
    }
    QS_CHECK(checkSize(header.width, header.height, limits));
    const bool isPalette = header.bits == 1 || header.bits == 4 || header.bits == 8;
    const bool isDirect = header.bits == 16 || header.bits == 32;
    if (!isPalette && !isDirect && header.bits != 24)
        return damaged(std::to_string(header.bits) + " bits a pixel");
    const bool hasMasks = compression == kBitFields || compression == kAlphaBitFields;
    if (compression != kRgb && !(isDirect && hasMasks))
        return Error {ErrorCode::Unsupported, {}, "a compressed BMP; save it as PNG"};
    QS_CHECK(readMasks(bytes, compression, header));
    header.palette = 14 + size;
    if (isPalette) {
        header.colours = used == 0 ? std::size_t {1} << header.bits : used;
        if (header.colours > 256 || header.palette + header.colours * header.paletteEntry > bytes.size())
            return damaged("the palette is truncated");
    }
    const std::size_t needed = header.stride() * static_cast<std::size_t>(header.height);
    if (header.pixels > bytes.size() || bytes.size() - header.pixels < needed)
        return damaged("the file is truncated");
    return header;
}

/// The bits of \a pixel under \a mask, stretched from 0..2^n-1 to 0..255 and rounded down, as Pillow does.
std::uint8_t component(std::uint32_t pixel, std::uint32_t mask)
{
    const std::uint64_t value = (pixel & mask) >> std::countr_zero(mask);
    const std::uint64_t highest = mask >> std::countr_zero(mask);
    return static_cast<std::uint8_t>(value * 255 / highest);
}

Status readRow(Bytes row, Bytes palette, const Header &header, std::uint8_t *out)
{
    const auto width = static_cast<std::size_t>(header.width);
    for (std::size_t x = 0; x < width; ++x, out += 3) {
        if (header.bits == 24) {
            std::reverse_copy(row.data() + 3 * x, row.data() + 3 * x + 3, out);
        } else if (header.bits > 8) {
            const std::uint32_t pixel = littleEndian(row, x * header.bits / 8, header.bits / 8);
            for (std::size_t c = 0; c < 3; ++c)
                out[c] = component(pixel, header.masks[c]);
        } else {
            const std::size_t bit = x * header.bits;
            const unsigned shift = 8 - header.bits - static_cast<unsigned>(bit % 8);
            const std::size_t index = (row[bit / 8] >> shift) & ((1U << header.bits) - 1);
            if (index >= header.colours)
                return damaged("a pixel outside of the palette");
            const std::uint8_t *colour = palette.data() + index * header.paletteEntry;
            std::reverse_copy(colour, colour + 3, out);
        }
    }
    return Done {};
}

} // namespace

bool isBmp(Bytes bytes)
{
    return bytes.size() >= 2 && bytes[0] == 'B' && bytes[1] == 'M';
}

Result<Decoded> decodeBmp(Bytes bytes, const DecodeLimits &limits)
{
    QS_TRY(const Header header, readHeader(bytes, limits));
    Image image = makeImage(static_cast<int>(header.width), static_cast<int>(header.height), 3);
    const Bytes palette = bytes.subspan(std::min(header.palette, bytes.size()));
    for (int y = 0; y < image.height; ++y) {
        const int stored = header.isTopDown ? y : image.height - 1 - y;
        const std::size_t offset = header.pixels + static_cast<std::size_t>(stored) * header.stride();
        QS_CHECK(readRow(bytes.subspan(offset, header.stride()), palette, header, image.row(y)));
    }
    return Decoded {std::move(image), 1};
}

} // namespace qs::codecs
