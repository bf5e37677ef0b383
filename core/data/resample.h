// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/image.h"
#include "core/data/preprocessing.h"

namespace qs {

/// A part of a picture, in pixels.
struct PixelWindow
{
    int left = 0;
    int top = 0;
    int width = 0;
    int height = 0;

    bool operator==(const PixelWindow &) const = default;
};

/// \a window of \a source resized to \a width x \a height; only the window is computed, with the same values
/// as if all were. Bilinear, Bicubic and Lanczos give Pillow's Image.resize() bit for bit (Resample.c: the
/// filter grows when shrinking, 22-bit fixed-point weights, columns first, 8-bit rounding between the two
/// passes). Other filters are asserted against. The window must lie inside.
Image resampleAntialiased(const Image &source, int width, int height, const PixelWindow &window,
                          ResizeFilter filter);

/// The whole of \a source resized by OpenCV's cv::resize: INTER_LINEAR, INTER_CUBIC, INTER_LANCZOS4,
/// INTER_AREA, or for Nearest the pixel whose centre is nearest when \a exactNearest (Pillow,
/// INTER_NEAREST_EXACT) and INTER_NEAREST else.
Result<Image> resizeWithOpenCv(const Image &source, int width, int height, ResizeFilter filter,
                               bool exactNearest);

} // namespace qs
