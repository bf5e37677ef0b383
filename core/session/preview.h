// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/data/image.h"
#include "core/tensor/quantmath.h"

namespace qs {

/// What the model will see of one sample, made visible again.
struct SamplePreview
{
    std::string id;
    std::size_t index = 0;
    std::size_t count = 0; ///< samples there are
    std::optional<std::int64_t> label;
    Text description; ///< of the dataset
    std::string shape; ///< "1x3x224x224"
    Range range; ///< smallest and largest value of the input tensor
    Image picture; ///< empty when the input is not a picture
};

/// Sample \a index (modulo the number of samples) of \a data, after preprocessing.
Result<SamplePreview> makePreview(const DataSpec &data, const std::vector<ValueInfo> &inputs,
                                  std::size_t index, JobContext &job);

/// Undoes (x * scale - mean) / std and the channel order, so that a person can check crop and colours.
/// Empty when \a tensor has not the shape of a picture.
Image pictureOf(const Tensor &tensor, const Preprocessing &preprocessing);

} // namespace qs
