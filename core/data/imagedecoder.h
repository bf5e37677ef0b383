// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/data/image.h"

#include <filesystem>
#include <span>

namespace qs {

struct DecodeLimits
{
    /// A header that claims more is refused before any memory is taken for it.
    std::int64_t maxPixels = 100'000'000;
    std::uint64_t maxFileBytes = std::uint64_t {1} << 29;
};

/// Decodes a JPEG, PNG, BMP or WebP picture, recognised by its content and not by its name. \a name is what
/// errors are about.
///
/// The pixels are those that Pillow's `Image.open(f).convert("RGB")` gives (a grey picture stays one
/// channel), turned upright as its EXIF orientation says (Pillow: ImageOps.exif_transpose):
/// - JPEG: libjpeg(-turbo) defaults, that is the accurate integer DCT and smooth chroma upsampling. CMYK and
///   YCCK are read inverted, as Adobe writes them, and mixed without a colour profile.
/// - transparency is dropped, not composited: a transparent pixel keeps the colour that is stored under it.
/// - 16 bits a channel keep their high byte. Gamma chunks and colour profiles are ignored.
///
/// Errors: Format for a truncated or damaged picture (also where a decoder could carry on with grey areas),
/// Unsupported for other formats and for pictures over the limits. Nothing is printed.
Result<Image> decodeImage(std::span<const std::byte> bytes, const std::string &name,
                          const DecodeLimits &limits = {});

/// Reads \a file and decodes it.
Result<Image> loadImage(const std::filesystem::path &file, const DecodeLimits &limits = {});

/// Whether the name ends like a picture that decodeImage() knows: .jpg .jpeg .jpe .jfif .png .bmp .dib .webp,
/// in any case.
bool hasImageSuffix(const std::filesystem::path &file);

} // namespace qs
