// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/imagedecoder.h"

#include <optional>

/// One decoder a file format, for imagedecoder.cpp. Errors have no subject; the caller knows the file's name.
namespace qs::codecs {

using Bytes = std::span<const std::uint8_t>;

struct Decoded
{
    Image image;
    int orientation = 1; ///< EXIF tag 0x0112, 1..8
};

bool isJpeg(Bytes bytes);
bool isPng(Bytes bytes);
bool isBmp(Bytes bytes);
bool isWebp(Bytes bytes);

Result<Decoded> decodeJpeg(Bytes bytes, const DecodeLimits &limits);
Result<Decoded> decodePng(Bytes bytes, const DecodeLimits &limits);
Result<Decoded> decodeBmp(Bytes bytes, const DecodeLimits &limits);
Result<Decoded> decodeWebp(Bytes bytes, const DecodeLimits &limits);

/// An error when \a width x \a height is empty or over the limit.
Status checkSize(std::int64_t width, std::int64_t height, const DecodeLimits &limits);

/// Orientation in a block of EXIF data (TIFF 6.0 header, tag 0x0112 of the first directory); 1 when it says
/// nothing sensible.
int exifOrientation(Bytes tiff);
/// The picture as it is to be looked at.
Image upright(Image image, int orientation);

} // namespace qs::codecs
