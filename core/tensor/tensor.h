// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/tensor/dtype.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace qs {

using Shape = std::vector<std::int64_t>;

/// Number of elements of \a shape, or -1 when a dimension is negative (unknown) or the product overflows.
std::int64_t elementCount(const Shape &shape);
/// "1x3x224x224"; unknown dimensions print as "?".
std::string toString(const Shape &shape);

/// A dense row-major array. Copies share the bytes, which nobody may change once the tensor is shared.
class Tensor
{
public:
    Tensor() = default;
    /// Zero-filled; \a shape must be fully known.
    Tensor(DType type, Shape shape);
    /// Adopts \a bytes, kept alive by \a owner (a runtime's buffer, a mapped file).
    Tensor(DType type, Shape shape, std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

    template <typename T> static Tensor fromValues(DType type, Shape shape, std::span<const T> values)
    {
        Tensor tensor(type, std::move(shape));
        assert(values.size_bytes() == tensor.byteSize());
        std::copy(values.begin(), values.end(), tensor.mutableData<T>().begin());
        return tensor;
    }
    static Tensor fromFloats(Shape shape, std::span<const float> values);

    bool isNull() const { return m_type == DType::Undefined; }
    DType type() const { return m_type; }
    const Shape &shape() const { return m_shape; }
    std::size_t size() const { return m_size; } ///< elements
    std::size_t byteSize() const { return m_bytes.size(); }
    std::span<const std::byte> bytes() const { return m_bytes; }

    /// The elements as \a T, whose size must match the type's (asserted).
    template <typename T> std::span<const T> data() const
    {
        assert(m_bytes.size() == m_size * sizeof(T));
        return {reinterpret_cast<const T *>(m_bytes.data()), m_size};
    }
    std::span<const float> floats() const
    {
        assert(m_type == DType::Float32);
        return data<float>();
    }
    /// Only while this is the sole owner of bytes it allocated itself (asserted).
    template <typename T> std::span<T> mutableData()
    {
        assert(m_owned && m_owned.use_count() == 1 && m_bytes.size() == m_size * sizeof(T));
        return {reinterpret_cast<T *>(m_owned.get()), m_size};
    }

    /// All bytes, under the same condition.
    std::span<std::byte> mutableBytes()
    {
        assert(m_owned && m_owned.use_count() == 1);
        return {m_owned.get(), m_bytes.size()};
    }

    /// Same bytes under another shape with the same number of elements (asserted).
    Tensor reshaped(Shape shape) const;

private:
    DType m_type = DType::Undefined;
    Shape m_shape;
    std::size_t m_size = 0;
    std::span<const std::byte> m_bytes;
    std::shared_ptr<std::byte[]> m_owned;
    std::shared_ptr<const void> m_foreign;
};

struct NamedTensor
{
    std::string name;
    Tensor tensor;
};

/// Any integer, boolean or float type (incl. float16, bfloat16) as float32; Unsupported for strings, complex,
/// float8 and 4-bit types. Shares the bytes when the tensor is float32 already.
Result<Tensor> toFloat32(const Tensor &tensor);

} // namespace qs
