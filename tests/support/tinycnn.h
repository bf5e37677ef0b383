// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"

#include <string>

namespace qs::test {

/// A classifier of three classes for pictures of 16 x 16 pixels: conv1, bn1, relu1, conv2, relu2, pool,
/// flatten, fc; input "image" float [N,3,16,16], output "scores" [N,3]. Weights are fixed pseudo-random
/// numbers. A red, green or blue picture (see writePictures()) gets class 0, 1 or 2.
ModelPtr makeTinyCnn();

/// Writes <folder>/{0_red,1_green,2_blue}/<n>.png: \a each noisy pictures of 16 x 16 pixels in each.
void writePictures(const std::string &folder, int each);

} // namespace qs::test
