// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <opencv2/core.hpp>

#include <array>
#include <string>

namespace example {

inline constexpr int kPictureSize = 48;
inline constexpr std::array<const char *, 10> kClassNames {
    "circle", "square", "triangle", "star", "cross", "ring", "heart", "arrow", "hexagon", "crescent"};
inline constexpr int kClasses = static_cast<int>(kClassNames.size());

/// A picture of one shape, JPEG-compressed: 48 x 48, any colours, size, angle and place, on a gradient with
/// blobs and noise, often partly hidden. The same bytes for the same state of \a random.
std::vector<unsigned char> shapeJpeg(int classIndex, cv::RNG &random);

/// Folder name of a class: its index first, because that is what says which output of the network it is.
std::string classFolder(int classIndex);

} // namespace example
