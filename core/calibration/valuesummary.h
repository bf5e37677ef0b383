// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/quantmath.h"

namespace qs {

/// Extent, sum and sum of squares of values. NaN and infinities count in the extent only.
struct ValueSummary
{
    Extent extent;
    double sum = 0;
    double sumOfSquares = 0;

    void merge(const ValueSummary &other);
};

/// In one reading. Runs of 8 values are added up in float, 16 runs side by side, and those in double: the
/// order is fixed, so the result has the same bits on every instruction set. Relative error of the sums of
/// values of one sign: below 2^-20.
ValueSummary summarize(std::span<const float> x);
/// The same for each of the equal slices, not empty, that \a x is made of.
void summarizeSlices(std::span<const float> x, std::span<ValueSummary> summaries);

/// The same for each channel of a block: \a x is [places, channels.size()], with 8 or 16 channels.
void summarizeBlock(std::span<const float> x, std::span<ValueSummary> channels);

} // namespace qs
