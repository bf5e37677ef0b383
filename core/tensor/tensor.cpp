// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/tensor.h"

#include <Eigen/Core>

#include <algorithm>
#include <limits>
#include <new>

namespace qs {
namespace {

// Kernels and Eigen maps like vectors to start on a cache line.
constexpr std::size_t kAlignment = 64;

std::shared_ptr<std::byte[]> allocate(std::size_t bytes)
{
    auto *memory = static_cast<std::byte *>(
        ::operator new[](std::max<std::size_t>(bytes, 1), std::align_val_t {kAlignment}));
    std::fill_n(memory, bytes, std::byte {0});
    return {memory, [](std::byte *p) { ::operator delete[](p, std::align_val_t {kAlignment}); }};
}

template <typename T> Tensor widen(const Tensor &tensor)
{
    Tensor result(DType::Float32, tensor.shape());
    const auto source = tensor.data<T>();
    std::transform(source.begin(), source.end(), result.mutableData<float>().begin(),
                   [](const T &v) { return static_cast<float>(v); });
    return result;
}

} // namespace

std::int64_t elementCount(const Shape &shape)
{
    std::int64_t count = 1;
    for (const std::int64_t dim : shape) {
        if (dim < 0 || __builtin_mul_overflow(count, dim, &count))
            return -1;
    }
    return count;
}

std::string toString(const Shape &shape)
{
    std::string text;
    for (const std::int64_t dim : shape)
        text += (text.empty() ? "" : "x") + (dim < 0 ? std::string("?") : std::to_string(dim));
    return text.empty() ? "scalar" : text;
}

Tensor::Tensor(DType type, Shape shape)
    : m_type(type)
    , m_shape(std::move(shape))
    , m_size(static_cast<std::size_t>(std::max<std::int64_t>(elementCount(m_shape), 0)))
{
    assert(elementCount(m_shape) >= 0);
    const std::size_t bytes = bytesFor(type, m_size);
    m_owned = allocate(bytes);
    m_bytes = {m_owned.get(), bytes};
}

Tensor::Tensor(DType type, Shape shape, std::span<const std::byte> bytes, std::shared_ptr<const void> owner)
    : m_type(type)
    , m_shape(std::move(shape))
    , m_size(static_cast<std::size_t>(std::max<std::int64_t>(elementCount(m_shape), 0)))
    , m_bytes(bytes)
    , m_foreign(std::move(owner))
{
    assert(elementCount(m_shape) >= 0 && bytes.size() == bytesFor(type, m_size));
}

Tensor Tensor::fromFloats(Shape shape, std::span<const float> values)
{
    return fromValues(DType::Float32, std::move(shape), values);
}

Tensor Tensor::reshaped(Shape shape) const
{
    assert(elementCount(shape) == static_cast<std::int64_t>(m_size));
    Tensor copy = *this;
    copy.m_shape = std::move(shape);
    return copy;
}

Result<Tensor> toFloat32(const Tensor &tensor)
{
    switch (tensor.type()) {
    case DType::Float32:
        return tensor;
    case DType::Float64:
        return widen<double>(tensor);
    case DType::Float16:
        return widen<Eigen::half>(tensor);
    case DType::BFloat16:
        return widen<Eigen::bfloat16>(tensor);
    case DType::Int8:
        return widen<std::int8_t>(tensor);
    case DType::UInt8:
    case DType::Bool:
        return widen<std::uint8_t>(tensor);
    case DType::Int16:
        return widen<std::int16_t>(tensor);
    case DType::UInt16:
        return widen<std::uint16_t>(tensor);
    case DType::Int32:
        return widen<std::int32_t>(tensor);
    case DType::UInt32:
        return widen<std::uint32_t>(tensor);
    case DType::Int64:
        return widen<std::int64_t>(tensor);
    case DType::UInt64:
        return widen<std::uint64_t>(tensor);
    default:
        return Error {ErrorCode::Unsupported, std::string(toString(tensor.type())),
                      "cannot be read as float32"};
    }
}

} // namespace qs
