// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/floatmath.h"

#include "core/tensor/vectorize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace qs {
namespace {

/// Exact for every binary16 value: the bits are moved into place and the exponent's bias is corrected by a
/// multiplication, which also gets subnormal numbers right.
QS_INLINE float fromHalf(std::uint16_t half)
{
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
    const std::uint32_t rest = static_cast<std::uint32_t>(half & 0x7FFF) << 13;
    const float scaled = std::bit_cast<float>(rest) * 0x1p112F;
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(scaled);
    // Exponent 31 means infinity or NaN.
    const std::uint32_t special = rest >= 0x0F800000 ? 0x7F800000U : 0U;
    return std::bit_cast<float>(bits | special | sign);
}

QS_INLINE float fromBfloat(std::uint16_t half)
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16);
}

/// Cephes expf (Moshier 1989): x = n ln 2 + r, |r| <= ln 2 / 2, and a polynomial of degree 7 for exp(r).
QS_INLINE float fastExp(float x)
{
    const float bounded = std::min(std::max(x, -87.3F), 88.3F);
    // Adding and taking off 1.5 * 2^23 rounds to the nearest whole number.
    const float magic = 12582912.F;
    const float n = (bounded * 1.44269504088896341F + magic) - magic;
    const float r = (bounded - n * 0.693359375F) - n * -2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    const float mantissa = p * r * r + r + 1.F;
    const std::int32_t exponent = (static_cast<std::int32_t>(n) + 127) << 23;
    const float result = mantissa * std::bit_cast<float>(exponent);
    return x < -87.3F ? 0.F : result;
}

/// Applies \a one to whole blocks of constant length, then to the rest, so that the first loop is vectorized.
template <typename Function> QS_INLINE void forBlocks(std::size_t size, const Function &one)
{
    std::size_t i = 0;
    for (; i + kVectorBlock <= size; i += kVectorBlock) {
        for (std::size_t j = 0; j < kVectorBlock; ++j)
            one(i + j);
    }
    for (; i < size; ++i)
        one(i);
}

} // namespace

QS_VECTORIZE void halfToFloat(std::span<const std::uint16_t> half, std::span<float> out)
{
    const std::uint16_t *__restrict in = half.data();
    float *__restrict to = out.data();
    forBlocks(out.size(), [=](std::size_t i) { to[i] = fromHalf(in[i]); });
}

QS_VECTORIZE void bfloatToFloat(std::span<const std::uint16_t> half, std::span<float> out)
{
    const std::uint16_t *__restrict in = half.data();
    float *__restrict to = out.data();
    forBlocks(out.size(), [=](std::size_t i) { to[i] = fromBfloat(in[i]); });
}

float halfToFloat(std::uint16_t half)
{
    return fromHalf(half);
}

std::uint16_t floatToHalf(float x)
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
    const std::uint32_t magnitude = bits & 0x7FFFFFFF;
    if (magnitude > 0x7F800000) // NaN
        return sign | 0x7E00;
    if (magnitude >= 0x477FF000) // 65520 and more round to infinity
        return sign | 0x7C00;
    if (magnitude < 0x38800000) { // below 2^-14: subnormal, steps of 2^-24
        const float steps = std::bit_cast<float>(magnitude) * 0x1p24F;
        return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::nearbyint(steps)));
    }
    const std::uint32_t rounded = magnitude + 0xFFF + ((magnitude >> 13) & 1);
    return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000) >> 13));
}

std::uint16_t floatToBfloat(float x)
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    if ((bits & 0x7FFFFFFF) > 0x7F800000)
        return static_cast<std::uint16_t>((bits >> 16) | 0x40);
    return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

Status copyFloats(const Tensor &tensor, std::size_t first, std::span<float> out)
{
    assert(first + out.size() <= tensor.size());
    switch (tensor.type()) {
    case DType::Float32: {
        const auto values = tensor.floats().subspan(first, out.size());
        std::copy(values.begin(), values.end(), out.begin());
        return Done {};
    }
    case DType::Float16:
        halfToFloat(tensor.data<std::uint16_t>().subspan(first, out.size()), out);
        return Done {};
    case DType::BFloat16:
        bfloatToFloat(tensor.data<std::uint16_t>().subspan(first, out.size()), out);
        return Done {};
    default:
        return Error {ErrorCode::Unsupported, {}, "elements of type " + std::string(toString(tensor.type()))};
    }
}

Tensor tensorFromFloats(DType type, Shape shape, std::span<const float> values)
{
    if (type == DType::Float32)
        return Tensor::fromFloats(std::move(shape), values);
    assert(type == DType::Float16 || type == DType::BFloat16);
    Tensor tensor(type, std::move(shape));
    assert(tensor.size() == values.size());
    std::transform(values.begin(), values.end(), tensor.mutableData<std::uint16_t>().begin(),
                   [&](float x) { return type == DType::Float16 ? floatToHalf(x) : floatToBfloat(x); });
    return tensor;
}

QS_VECTORIZE void expInPlace(std::span<float> x)
{
    float *__restrict values = x.data();
    forBlocks(x.size(), [=](std::size_t i) { values[i] = fastExp(values[i]); });
}

QS_VECTORIZE void siluMultiply(std::span<float> gate, std::span<const float> up)
{
    float *__restrict g = gate.data();
    const float *__restrict u = up.data();
    forBlocks(gate.size(), [=](std::size_t i) { g[i] = g[i] / (1.F + fastExp(-g[i])) * u[i]; });
}

QS_VECTORIZE void geluMultiply(std::span<float> gate, std::span<const float> up)
{
    float *__restrict g = gate.data();
    const float *__restrict u = up.data();
    // x/2 (1 + tanh(t)) = x / (1 + exp(-2t)).
    forBlocks(gate.size(), [=](std::size_t i) {
        const float t = 0.797884560802865356F * (g[i] + 0.044715F * g[i] * g[i] * g[i]);
        g[i] = g[i] / (1.F + fastExp(-2.F * t)) * u[i];
    });
}

QS_VECTORIZE void softcap(std::span<float> x, float cap)
{
    float *__restrict values = x.data();
    forBlocks(x.size(),
              [=](std::size_t i) { values[i] = cap * (1.F - 2.F / (1.F + fastExp(2.F * values[i] / cap))); });
}

QS_VECTORIZE float maximum(std::span<const float> x)
{
    float lanes[kVectorBlock];
    std::fill_n(lanes, kVectorBlock, -std::numeric_limits<float>::infinity());
    const float *__restrict in = x.data();
    std::size_t i = 0;
    for (; i + kVectorBlock <= x.size(); i += kVectorBlock) {
        for (std::size_t j = 0; j < kVectorBlock; ++j)
            lanes[j] = lanes[j] < in[i + j] ? in[i + j] : lanes[j];
    }
    float largest = *std::max_element(lanes, lanes + kVectorBlock);
    for (; i < x.size(); ++i)
        largest = std::max(largest, in[i]);
    return largest;
}

QS_VECTORIZE float absMaximum(std::span<const float> x)
{
    float lanes[kVectorBlock] = {};
    const float *__restrict in = x.data();
    std::size_t i = 0;
    for (; i + kVectorBlock <= x.size(); i += kVectorBlock) {
        for (std::size_t j = 0; j < kVectorBlock; ++j)
            lanes[j] = lanes[j] < std::fabs(in[i + j]) ? std::fabs(in[i + j]) : lanes[j];
    }
    float largest = *std::max_element(lanes, lanes + kVectorBlock);
    for (; i < x.size(); ++i)
        largest = std::max(largest, std::fabs(in[i]));
    return largest;
}

QS_VECTORIZE float squaredNorm(std::span<const float> x)
{
    float lanes[kVectorBlock] = {};
    const float *__restrict in = x.data();
    std::size_t i = 0;
    for (; i + kVectorBlock <= x.size(); i += kVectorBlock) {
        for (std::size_t j = 0; j < kVectorBlock; ++j)
            lanes[j] += in[i + j] * in[i + j];
    }
    double sum = 0;
    for (; i < x.size(); ++i)
        sum += double(in[i]) * double(in[i]);
    for (const float lane : lanes)
        sum += double(lane);
    return static_cast<float>(sum);
}

} // namespace qs
