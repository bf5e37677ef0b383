// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/imagegeometry.h"

namespace qs {

/// \a image resized and cropped, still 8 bits a channel: what the network sees, to be shown. Padding is
/// black. Grey when the input has one channel.
Result<Image> shapeImage(const Image &image, const Preprocessing &preprocessing, const ImageInput &input);

/// \a image as the tensor that \a input wants: resized, cropped, colours in order, (x * scale - mean) / std
/// in float32, batch x channels x height x width or batch x height x width x channels. A grey picture fills
/// three equal channels; colour becomes grey as in Pillow's convert("L") (ITU-R 601: .299 R + .587 G + .114
/// B). Inputs of other types get the same numbers where those fit exactly (uint8 with preset "raw"). Errors
/// as imageGeometry(), without a subject.
Result<Tensor> preprocessImage(const Image &image, const Preprocessing &preprocessing,
                               const ImageInput &input);

} // namespace qs
