// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/tensor/quantmath.h"

namespace qs {

/// A picture of 8-bit RGB pixels, rows without padding.
struct Picture
{
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb;

    bool isNull() const { return rgb.empty(); }
};

/// What the model will see of one sample, made visible again.
struct SamplePreview
{
    std::string id;
    std::size_t index = 0;
    std::size_t count = 0; ///< samples there are
    std::optional<std::int64_t> label;
    std::string description; ///< of the dataset
    std::string shape; ///< "1x3x224x224"
    Range range; ///< smallest and largest value of the input tensor
    Picture picture; ///< null when the input is not a picture
};

/// Sample \a index (modulo the number of samples) of \a data, after preprocessing.
Result<SamplePreview> makePreview(const DataSpec &data, const std::vector<ValueInfo> &inputs,
                                  std::size_t index, JobContext &job);

/// Undoes (x * scale - mean) / std and the channel order, so that a person can check crop and colours.
/// Null when \a tensor has not the shape of a picture.
Picture pictureOf(const Tensor &tensor, const Preprocessing &preprocessing);

} // namespace qs
