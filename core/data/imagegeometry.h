// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/preprocessing.h"
#include "core/data/resample.h"
#include "core/model/graphview.h"

#include <optional>

namespace qs {

/// What a model's picture input looks like once preprocessing has settled what its shape leaves open.
struct ImageInput
{
    std::string name;
    DType type = DType::Float32;
    std::int64_t batch = 1; ///< a fixed batch is filled with copies of the picture
    int channels = 3; ///< 1 or 3
    Layout layout = Layout::Nchw;
    int width = 0; ///< 0 = any
    int height = 0;

    bool operator==(const ImageInput &) const = default;
};

/// Where \a input has its 3 or 1 channels: in dimension 1, else 3; \a otherwise where the shape does not
/// tell. InvalidArgument when it is no picture, or nothing tells.
Result<Layout> pictureLayout(const ValueInfo &input, std::optional<Layout> otherwise);

/// Layout by where \a input has 3 or 1 channels (dimension 1, else 3; \a preprocessing decides where the
/// shape does not). InvalidArgument when the input is no picture, or \a preprocessing does not fit it: other
/// sizes, a number of means that is neither 1 nor the channels, an open size where the resize rule needs one.
Result<ImageInput> resolveImageInput(const ValueInfo &input, const Preprocessing &preprocessing);

/// How a picture is brought to size: scaled, then a window of it is taken.
struct ImageGeometry
{
    int scaledWidth = 0;
    int scaledHeight = 0;
    PixelWindow window; ///< in the scaled picture; what lies outside of it is padding
    bool padsAfter = false; ///< padding is 0 in the tensor, after normalization; else it is a black pixel

    bool operator==(const ImageGeometry &) const = default;
};

/// For a picture of \a width x \a height. The rules, with the code they are taken from:
/// - ShorterSide: torchvision Resize(int): the longer side is rounded down. Without `shorterSide`, the
/// input's
///   longer side / 0.875 rounded (256 for 224).
/// - centre crop: torchvision CenterCrop: offsets round half to even (or down: tf.image.central_crop, Caffe's
///   data transformer), smaller pictures are padded with black.
/// - Height: PaddleOCR resize_norm_img: width to ceil(height * aspect), padded with zeros to the input's
/// width,
///   or where that is open to max(minWidth, floor(height * aspect)).
/// - MultipleOf: PaddleOCR DetResizeForTest, limit_type max: shrunk until the longer side is at most maxSide,
///   then each side to the nearest multiple, halves to even, at least one.
/// InvalidArgument when the outcome is not the input's size, Unsupported when it would be absurdly large.
Result<ImageGeometry> imageGeometry(int width, int height, const Preprocessing &preprocessing,
                                    const ImageInput &input);

} // namespace qs
