// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/imagedecoder.h"

#include "core/base/atomicfile.h"
#include "core/data/imagecodecs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <new>
#include <string_view>

namespace qs {
namespace {

Result<codecs::Decoded> decodeAny(codecs::Bytes bytes, const DecodeLimits &limits)
{
    if (codecs::isJpeg(bytes))
        return codecs::decodeJpeg(bytes, limits);
    if (codecs::isPng(bytes))
        return codecs::decodePng(bytes, limits);
    if (codecs::isBmp(bytes))
        return codecs::decodeBmp(bytes, limits);
    if (codecs::isWebp(bytes))
        return codecs::decodeWebp(bytes, limits);
    if (bytes.empty())
        return Error {ErrorCode::Format, {}, "is empty"};
    return Error {ErrorCode::Unsupported, {}, "is not a JPEG, PNG, BMP or WebP picture"};
}

} // namespace

Status codecs::checkSize(std::int64_t width, std::int64_t height, const DecodeLimits &limits)
{
    if (width <= 0 || height <= 0)
        return Error {ErrorCode::Format, {}, "has a width or height of zero"};
    if (width > limits.maxPixels || height > limits.maxPixels / width)
        return Error {ErrorCode::Unsupported,
                      {},
                      "claims " + std::to_string(width) + "x" + std::to_string(height)
                          + " pixels, more than the limit of " + std::to_string(limits.maxPixels)};
    return Done {};
}

Result<Image> decodeImage(std::span<const std::byte> bytes, const std::string &name,
                          const DecodeLimits &limits)
{
    try {
        const auto *first = reinterpret_cast<const std::uint8_t *>(bytes.data());
        Result<codecs::Decoded> decoded = decodeAny({first, bytes.size()}, limits);
        if (!decoded.ok())
            return Error {decoded.error().code, name, decoded.error().detail};
        return codecs::upright(std::move(decoded->image), decoded->orientation);
    } catch (const std::bad_alloc &) {
        return Error {ErrorCode::OutOfMemory, name, "not enough memory to decode it"};
    }
}

Result<Image> loadImage(const std::filesystem::path &file, const DecodeLimits &limits)
{
    QS_TRY(const std::string bytes, readFile(file, limits.maxFileBytes));
    return decodeImage(std::as_bytes(std::span(bytes)), file.string(), limits);
}

bool hasImageSuffix(const std::filesystem::path &file)
{
    constexpr std::array<std::string_view, 8> kSuffixes
        = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".webp"};
    std::string suffix = file.extension().string();
    std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

} // namespace qs
