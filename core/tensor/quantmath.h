// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/dtype.h"

#include <cstdint>
#include <span>
#include <vector>

/// Every scale, zero-point and rounding formula of the program, once.
namespace qs {

/// A closed interval of real values.
struct Range
{
    float min = 0.F;
    float max = 0.F;

    bool operator==(const Range &) const = default;
};

/// Which integers a quantized tensor may take, and whether its grid is centred on zero.
struct QuantScheme
{
    DType type = DType::UInt8; ///< UInt8, Int8, UInt16, Int16, UInt4, Int4, Int32
    bool symmetric = false; ///< zero point fixed, scale from the largest magnitude
    /// Fewer than the type has: 4 = int8 [-7,7] or [-8,7], uint8 [0,15]; 0 = all of the type's. One less of a
    /// signed type keeps both ends (int8 [-64,64]): for x86 without VNNI.
    int bits = 0;

    bool operator==(const QuantScheme &) const = default;
};

/// Integer limits: symmetric int8 is [-127,127] so that +x and -x are treated alike.
struct QuantLimits
{
    std::int32_t min = 0;
    std::int32_t max = 0;

    bool operator==(const QuantLimits &) const = default;
};
QuantLimits limitsOf(const QuantScheme &scheme);
/// Bits that the integers of \a scheme take: its own, or the type's.
int bitsOf(const QuantScheme &scheme);
/// The same of limits that a file has: [0,15] and [-7,7] are 4, [-64,64] is 7.
int bitsOf(QuantLimits limits);
/// Narrows \a scheme to \a bits; stays as it is when it has no more.
QuantScheme withBits(QuantScheme scheme, int bits);

struct ScaleZeroPoint
{
    float scale = 1.F;
    std::int32_t zeroPoint = 0;

    bool operator==(const ScaleZeroPoint &) const = default;
};

/// Scale and zero point for \a range, widened so that it contains 0, which becomes exactly representable
/// (padding and ReLU need it). asymmetric: s = (max-min)/(qmax-qmin) in double, stored as float32;
/// z = round(qmin - min/s). symmetric: s = absmax/qmax, z = the middle of the limits.
/// A scale below the smallest normal float, or a NaN / infinite range, gives s = 1, z = 0 (or the middle).
/// Source: ONNX QuantizeLinear; ONNX Runtime quant_utils.compute_scale_zp.
ScaleZeroPoint chooseScale(Range range, const QuantScheme &scheme);

/// q = saturate(round_half_to_even(x / scale) + zeroPoint), ONNX QuantizeLinear. NaN gives the zero point.
std::int32_t quantize(float x, ScaleZeroPoint params, QuantLimits limits);
/// (q - zeroPoint) * scale, ONNX DequantizeLinear.
float dequantize(std::int32_t q, ScaleZeroPoint params);

/// The full type's limits, e.g. [0,255]: what QuantizeLinear saturates to whatever the scheme was.
QuantLimits typeLimits(DType type);

void quantizeTo(std::span<const float> x, ScaleZeroPoint params, QuantLimits limits,
                std::span<std::int8_t> q);
void quantizeTo(std::span<const float> x, ScaleZeroPoint params, QuantLimits limits,
                std::span<std::uint8_t> q);
void dequantizeTo(std::span<const std::int8_t> q, ScaleZeroPoint params, std::span<float> x);
void dequantizeTo(std::span<const std::uint8_t> q, ScaleZeroPoint params, std::span<float> x);

/// Exact minimum and maximum of the finite values; NaN and infinities are counted apart.
struct Extent
{
    Range range; ///< {0,0} when there is no finite value
    std::uint64_t finite = 0;
    std::uint64_t nan = 0;
    std::uint64_t infinite = 0;

    void merge(const Extent &other);
    bool operator==(const Extent &) const = default;
};
Extent extentOf(std::span<const float> x);

/// Bias in int32 with scale s_x * s_w[c] and zero point 0 (ONNX QLinearConv). \a saturated counts channels
/// whose value did not fit in 32 bits.
std::vector<std::int32_t> quantizeBias(std::span<const float> bias, float inputScale,
                                       std::span<const float> weightScales, int &saturated);

} // namespace qs
