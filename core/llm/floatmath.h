// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/tensor/tensor.h"

#include <cstdint>
#include <span>

/// Loops over many floats that the compiler turns into vector instructions of the machine. The results are
/// the same on every machine.
namespace qs {

void halfToFloat(std::span<const std::uint16_t> half, std::span<float> out); ///< exact
void bfloatToFloat(std::span<const std::uint16_t> half, std::span<float> out); ///< exact
std::uint16_t floatToHalf(float x); ///< IEEE binary16, ties to even; NaN stays NaN
std::uint16_t floatToBfloat(float x);
float halfToFloat(std::uint16_t half);
/// \a x rounded to binary16 and back.
inline float roundToHalf(float x)
{
    return halfToFloat(floatToHalf(x));
}

/// Elements \a first … of a tensor of float32, float16 or bfloat16, as many as \a out holds; they must be
/// there (asserted). Unsupported for other types.
Status copyFloats(const Tensor &tensor, std::size_t first, std::span<float> out);
/// Float32 values as \a type (Float32, Float16 or BFloat16, asserted), ties to even.
Tensor tensorFromFloats(DType type, Shape shape, std::span<const float> values);

/// x = exp(x); relative error below 2e-7. Below -87.3 the result is 0.
void expInPlace(std::span<float> x);
/// gate = silu(gate) * up, silu(x) = x / (1 + exp(-x)).
void siluMultiply(std::span<float> gate, std::span<const float> up);
/// gate = gelu(gate) * up with the tanh approximation (Hendrycks and Gimpel 2016).
void geluMultiply(std::span<float> gate, std::span<const float> up);
/// x = cap * tanh(x / cap).
void softcap(std::span<float> x, float cap);
float maximum(std::span<const float> x);
float absMaximum(std::span<const float> x);
/// Sum of squares, summed in blocks.
float squaredNorm(std::span<const float> x);

} // namespace qs
