// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggmltype.h"
#include "core/llm/weightsource.h"

namespace qs {

/// \a x as the kernel that runs \a linear multiplies it: \a x itself, or \a scratch with its values rounded
/// to 8 bit and back (see Linear).
const Matrix &roundedInputs(const Linear &linear, const Matrix &x, Matrix &scratch);

/// Linear::inputBlock for weights of \a type: what llama.cpp's processor kernels round the other factor to
/// (ggml-cpu.c, vec_dot_type): Q8_0 or Q8_1 beside blocks of 32, Q8_K beside those of 256. Its halves for F16
/// and BF16 are left out; they change nothing that could be measured.
std::int64_t inputBlockOf(const GgmlTraits &type);

} // namespace qs
