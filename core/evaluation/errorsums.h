// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/drift.h"
#include "core/tensor/quantmath.h"

#include <span>

namespace qs {

/// Running sums of a float signal x and what quantization made of it, y. Constant size, in double.
/// Where x is NaN or infinite there is nothing to compare with, and the pair is left out; where only y is,
/// the error is infinite.
struct ErrorSums
{
    double signal = 0; ///< sum x^2
    double error = 0; ///< sum (x-y)^2
    double cross = 0; ///< sum x y
    double other = 0; ///< sum y^2
    double maxAbs = 0; ///< max |x-y|
    std::uint64_t clipped = 0; ///< x outside what the grid can represent
    std::uint64_t count = 0;

    void add(std::span<const float> x, std::span<const float> y); ///< same length
    void add(const ErrorSums &sums);

    /// 10 log10(signal / error): +inf when equal, -inf when there is error but no signal.
    double sqnrDb() const;
    /// 1 for two zero vectors, 0 when just one is zero.
    double cosine() const;
    DriftMetrics metrics() const;
};

/// Number of values of \a x outside \a range; NaN counts as inside.
std::uint64_t countOutside(std::span<const float> x, Range range);

/// The values that a grid with \a params over \a limits represents, half a step more on each side: beyond it,
/// quantizing clips.
Range representableRange(ScaleZeroPoint params, QuantLimits limits);

/// (q - zeroPoint) * scale for a tensor of 8-, 16- or 32-bit integers; Unsupported for other types.
Result<Tensor> dequantized(const Tensor &integers, ScaleZeroPoint params);

} // namespace qs
