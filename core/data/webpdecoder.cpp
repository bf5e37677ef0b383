// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// WebP through libwebp's simple decoding interface (webp/decode.h, the same since 0.1), loaded when the first
// WebP picture comes by: few people have any, and the program neither waits for it nor fails without it.
#include "core/data/imagecodecs.h"

#include <cstring>

#include <dlfcn.h>

namespace qs::codecs {
namespace {

struct Library
{
    int (*getInfo)(const std::uint8_t *data, std::size_t size, int *width, int *height) = nullptr;
    std::uint8_t *(*decodeRgbInto)(const std::uint8_t *data, std::size_t size, std::uint8_t *out,
                                   std::size_t outSize, int stride)
        = nullptr;
};

Library load()
{
    Library library;
    for (const char *name : {"libwebp.so.7", "libwebp.so.6", "libwebp.7.dylib"}) {
        void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
        if (!handle)
            continue;
        library.getInfo = reinterpret_cast<decltype(library.getInfo)>(dlsym(handle, "WebPGetInfo"));
        library.decodeRgbInto
            = reinterpret_cast<decltype(library.decodeRgbInto)>(dlsym(handle, "WebPDecodeRGBInto"));
        if (library.getInfo && library.decodeRgbInto)
            return library;
    }
    return {};
}

bool hasTag(Bytes bytes, std::size_t offset, const char *tag)
{
    return bytes.size() >= offset + 4 && std::memcmp(bytes.data() + offset, tag, 4) == 0;
}

/// Walks the RIFF chunks that follow the 12 bytes of file header for the one called EXIF.
int orientation(Bytes bytes)
{
    std::size_t at = 12;
    while (bytes.size() - at >= 8) {
        const std::size_t size = bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16)
            | (static_cast<std::size_t>(bytes[at + 7]) << 24);
        const Bytes content = bytes.subspan(at + 8);
        if (size > content.size())
            return 1;
        if (hasTag(bytes, at, "EXIF"))
            return exifOrientation(content.first(size));
        at += 8 + std::min(size + size % 2, content.size());
    }
    return 1;
}

} // namespace

bool isWebp(Bytes bytes)
{
    return hasTag(bytes, 0, "RIFF") && hasTag(bytes, 8, "WEBP");
}

Result<Decoded> decodeWebp(Bytes bytes, const DecodeLimits &limits)
{
    static const Library library = load();
    if (!library.getInfo)
        return Error {ErrorCode::Unsupported, {}, "a WebP picture, and libwebp is not installed"};
    int width = 0;
    int height = 0;
    if (library.getInfo(bytes.data(), bytes.size(), &width, &height) == 0)
        return Error {ErrorCode::Format, {}, "damaged WebP header"};
    QS_CHECK(checkSize(width, height, limits));
    Image image = makeImage(width, height, 3);
    if (!library.decodeRgbInto(bytes.data(), bytes.size(), image.pixels.data(), image.pixels.size(),
                               static_cast<int>(image.stride())))
        return Error {ErrorCode::Format, {}, "a damaged, truncated or animated WebP picture"};
    return Decoded {std::move(image), orientation(bytes)};
}

} // namespace qs::codecs
