// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/torch/trainop.h"

namespace qs {

/// How a kernel slides over the spatial dimensions (all but the first two) of a value: what Conv,
/// ConvTranspose and the pools have in common.
struct SlidingWindow
{
    using List = std::vector<std::int64_t>;

    static constexpr std::int64_t kLargest = std::int64_t {1} << 24; ///< number; damaged files have larger

    List kernel, strides, dilations;
    List begin, end; ///< padding

    /// Attributes of \a call for a kernel of size \a kernel, not yet with padding.
    SlidingWindow(const TrainCall &call, List kernel);

    std::size_t dims() const { return kernel.size(); }
    std::int64_t reach(std::size_t d) const { return (kernel[d] - 1) * dilations[d] + 1; }
    bool isSymmetric() const { return begin == end; }

    /// Sets the padding from pads, or from auto_pad where that is set, for input \a x.
    void setPadding(const TrainCall &call, const at::Tensor &x);
};

/// \a x with \a value around its last dimensions, as many as \a begin has; negative pads cut off.
at::Tensor padded(const at::Tensor &x, const std::vector<std::int64_t> &begin,
                  const std::vector<std::int64_t> &end, double value = 0);

} // namespace qs
