// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/errorsums.h"

#include "core/tensor/vectorize.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace qs {
namespace {

constexpr std::size_t kLanes = 8; // independent sums, so that the compiler may use vector registers
constexpr std::size_t kChunk = 4096;

QS_VECTORIZE ErrorSums sumFinite(const float *x, const float *y, std::size_t n)
{
    std::array<double, kLanes> signal {}, error {}, cross {}, other {};
    std::array<float, kLanes> maxAbs {};
    const std::size_t whole = n - n % kLanes;
    for (std::size_t i = 0; i < whole; i += kLanes) {
        for (std::size_t k = 0; k < kLanes; ++k) {
            const double a = x[i + k];
            const double b = y[i + k];
            const double d = a - b;
            signal[k] += a * a;
            error[k] += d * d;
            cross[k] += a * b;
            other[k] += b * b;
        }
        for (std::size_t k = 0; k < kLanes; ++k) {
            const float d = std::abs(x[i + k] - y[i + k]);
            maxAbs[k] = d > maxAbs[k] ? d : maxAbs[k];
        }
    }
    ErrorSums sums;
    for (std::size_t k = 0; k < kLanes; ++k) {
        sums.signal += signal[k];
        sums.error += error[k];
        sums.cross += cross[k];
        sums.other += other[k];
        sums.maxAbs = std::max(sums.maxAbs, static_cast<double>(maxAbs[k]));
    }
    for (std::size_t i = whole; i < n; ++i) {
        const double a = x[i];
        const double b = y[i];
        sums.signal += a * a;
        sums.error += (a - b) * (a - b);
        sums.cross += a * b;
        sums.other += b * b;
        sums.maxAbs = std::max(sums.maxAbs, std::abs(a - b));
    }
    sums.count = n;
    return sums;
}

QS_VECTORIZE std::uint32_t countOutside(const float *x, std::size_t n, Range range)
{
    std::array<std::uint32_t, kLanes> outside {};
    const std::size_t whole = n - n % kLanes;
    for (std::size_t i = 0; i < whole; i += kLanes) {
        for (std::size_t k = 0; k < kLanes; ++k)
            outside[k] += std::uint32_t {x[i + k] < range.min} | std::uint32_t {x[i + k] > range.max};
    }
    std::uint32_t sum = 0;
    for (const std::uint32_t count : outside)
        sum += count;
    for (std::size_t i = whole; i < n; ++i)
        sum += x[i] < range.min || x[i] > range.max ? 1 : 0;
    return sum;
}

ErrorSums sumCareful(const float *x, const float *y, std::size_t n)
{
    ErrorSums sums;
    for (std::size_t i = 0; i < n; ++i) {
        if (!std::isfinite(x[i]))
            continue;
        ++sums.count;
        const double a = x[i];
        sums.signal += a * a;
        if (!std::isfinite(y[i])) {
            sums.error = std::numeric_limits<double>::infinity();
            sums.maxAbs = std::numeric_limits<double>::infinity();
            continue;
        }
        const double b = y[i];
        sums.error += (a - b) * (a - b);
        sums.cross += a * b;
        sums.other += b * b;
        sums.maxAbs = std::max(sums.maxAbs, std::abs(a - b));
    }
    return sums;
}

template <typename T> Tensor dequantizeEach(const Tensor &integers, ScaleZeroPoint params)
{
    Tensor result(DType::Float32, integers.shape());
    const auto q = integers.data<T>();
    std::transform(q.begin(), q.end(), result.mutableData<float>().begin(),
                   [&](T v) { return dequantize(static_cast<std::int32_t>(v), params); });
    return result;
}

template <typename T> Tensor dequantizeBytes(const Tensor &integers, ScaleZeroPoint params)
{
    Tensor result(DType::Float32, integers.shape());
    dequantizeTo(integers.data<T>(), params, result.mutableData<float>());
    return result;
}

} // namespace

void ErrorSums::add(std::span<const float> x, std::span<const float> y)
{
    assert(x.size() == y.size());
    for (std::size_t start = 0; start < x.size(); start += kChunk) {
        const std::size_t n = std::min(kChunk, x.size() - start);
        const ErrorSums sums = sumFinite(x.data() + start, y.data() + start, n);
        // A NaN or an infinity anywhere makes the sum of both squares non-finite; squares of floats cannot.
        if (std::isfinite(sums.signal) && std::isfinite(sums.other))
            add(sums);
        else
            add(sumCareful(x.data() + start, y.data() + start, n));
    }
}

void ErrorSums::add(const ErrorSums &sums)
{
    signal += sums.signal;
    error += sums.error;
    cross += sums.cross;
    other += sums.other;
    maxAbs = std::max(maxAbs, sums.maxAbs);
    clipped += sums.clipped;
    count += sums.count;
}

double ErrorSums::sqnrDb() const
{
    if (error == 0)
        return std::numeric_limits<double>::infinity();
    return 10 * std::log10(signal / error);
}

double ErrorSums::cosine() const
{
    if (signal == 0 || other == 0)
        return signal == other ? 1 : 0;
    // Dividing twice keeps the product of two large sums from overflowing.
    return std::clamp(cross / std::sqrt(signal) / std::sqrt(other), -1.0, 1.0);
}

DriftMetrics ErrorSums::metrics() const
{
    DriftMetrics metrics {sqnrDb(), cosine(), maxAbs, 0};
    if (count > 0)
        metrics.clippedPercent = 100.0 * static_cast<double>(clipped) / static_cast<double>(count);
    return metrics;
}

std::uint64_t countOutside(std::span<const float> x, Range range)
{
    std::uint64_t outside = 0;
    for (std::size_t start = 0; start < x.size(); start += kChunk)
        outside += countOutside(x.data() + start, std::min(kChunk, x.size() - start), range);
    return outside;
}

Range representableRange(ScaleZeroPoint params, QuantLimits limits)
{
    const float half = params.scale / 2;
    return {dequantize(limits.min, params) - half, dequantize(limits.max, params) + half};
}

Result<Tensor> dequantized(const Tensor &integers, ScaleZeroPoint params)
{
    switch (integers.type()) {
    case DType::UInt8:
        return dequantizeBytes<std::uint8_t>(integers, params);
    case DType::Int8:
        return dequantizeBytes<std::int8_t>(integers, params);
    case DType::UInt16:
        return dequantizeEach<std::uint16_t>(integers, params);
    case DType::Int16:
        return dequantizeEach<std::int16_t>(integers, params);
    case DType::Int32:
        return dequantizeEach<std::int32_t>(integers, params);
    default:
        return Error {ErrorCode::Unsupported, std::string(toString(integers.type())),
                      "is not a quantized type that can be compared"};
    }
}

} // namespace qs
