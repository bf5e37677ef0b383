// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/image.h"

#include <functional>
#include <string>

namespace qs::test {

struct JpegOptions
{
    int quality = 95;
    bool isProgressive = false;
    std::string exif; ///< TIFF bytes for an APP1 segment; empty = none
};

/// A JPEG file's bytes; \a image may have 1, 3 or 4 channels (CMYK, stored as given).
std::string makeJpeg(const Image &image, const JpegOptions &options = {});

struct PngOptions
{
    int colourType = 2; ///< PNG's numbers: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGB + alpha
    int bits = 8;
    bool isInterlaced = false;
    std::string exif;
    std::string palette; ///< R, G, B bytes
    std::string transparency; ///< alpha bytes of the palette
};

/// A PNG file's bytes. \a rows has the bytes of each row as PNG stores them, 16-bit samples big-endian.
std::string makePng(int width, int height, const std::string &rows, const PngOptions &options = {});
/// A plain 8-bit PNG of a picture with 1 or 3 channels.
std::string makePng(const Image &image);

/// EXIF data with nothing but an orientation; big- or little-endian.
std::string makeExif(int orientation, bool isBigEndian);

/// A picture whose every pixel differs from its neighbours: channel c of (x, y) is (x * 7 + y * 13 + c * 50)
/// mod 256.
Image gradient(int width, int height, int channels);

void writeBytes(const std::string &path, const std::string &bytes);

} // namespace qs::test
