// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/tensor/tensor.h"

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <optional>

namespace qs {

enum class ResizeRule {
    None, ///< the picture must have the input's size already
    IfDifferent, ///< stretched to the input's size where it differs
    ShorterSide, ///< shorter side to `shorterSide`, aspect kept
    Stretch, ///< to the input's size, aspect lost
    Height, ///< height to the input's, aspect kept, padded on the right to at least `minWidth` (text lines)
    MultipleOf, ///< each side to the nearest multiple of `multiple`, longer side at most `maxSide`
                ///< (detectors)
};
enum class ResizeFilter { Nearest, Bilinear, Bicubic, Area, Lanczos };
enum class ColourOrder { Rgb, Bgr, Grey };
enum class Layout { Nchw, Nhwc };

/// How a decoded 8-bit picture becomes an input tensor: resize, centre crop, colour order, then for each
/// channel (x * scale - mean[c]) / std[c], in float32, laid out as the model wants.
struct Preprocessing
{
    std::string id; ///< preset it came from, "custom" after an edit
    ResizeRule resize = ResizeRule::ShorterSide;
    int shorterSide = 0; ///< 0 = round(crop / 0.875), the ImageNet habit
    ResizeFilter filter = ResizeFilter::Bilinear;
    bool antialias = true; ///< filter support grows when shrinking, as in PIL and torchvision
    bool centreCrop = true;
    bool cropFloor = false; ///< odd margins: down, as TensorFlow and Caffe; else torchvision's half to even
    ColourOrder colour = ColourOrder::Rgb;
    Layout layout = Layout::Nchw;
    float scale = 1.F;
    std::vector<float> mean {0.F}; ///< one number, or one a channel in the model's channel order
    std::vector<float> std {1.F};
    int minWidth = 0;
    int multiple = 32;
    int maxSide = 960;
    int width = 0; ///< size where the model leaves it open; 0 = the model's
    int height = 0;

    bool operator==(const Preprocessing &) const = default;
};

nlohmann::json toJson(const Preprocessing &preprocessing);
Result<Preprocessing> preprocessingFromJson(const nlohmann::json &json);

} // namespace qs
