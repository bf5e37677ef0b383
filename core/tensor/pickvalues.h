// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/quantmath.h"

namespace qs {

/// Elements behind the last one that these functions may write to.
inline constexpr std::size_t kPickSlack = 16;

/// Moves the values of \a x that lie outside \a range to \a out, which is kPickSlack longer, and returns
/// their number. NaN lies nowhere. Fast where few do.
std::size_t pickOutside(const float *x, std::size_t size, Range range, float *out);
/// The others, the ends of the range included; still without NaN.
std::size_t pickInside(const float *x, std::size_t size, Range range, float *out);

} // namespace qs
