// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

namespace qs {

/// Sum and sum of squares of the finite values, in double. The order of summation is fixed, so the result has
/// the same bits on every instruction set.
struct Moments
{
    double sum = 0;
    double sumOfSquares = 0;
};
/// \a allFinite skips the test of each value.
Moments momentsOf(std::span<const float> x, bool allFinite);

} // namespace qs
