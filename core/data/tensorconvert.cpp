// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/tensorconvert.h"

#include <Eigen/Core>

#include <cmath>
#include <concepts>
#include <limits>
#include <utility>

namespace qs {
namespace {

/// The fundamental type to compute in: float16 and bfloat16 have no arithmetic of their own.
template <typename T> auto widened(T value)
{
    if constexpr (std::is_arithmetic_v<T>)
        return value;
    else
        return static_cast<float>(value);
}

template <typename To, typename From> bool assignInteger(From value, To &out)
{
    if constexpr (std::integral<From>) {
        out = static_cast<To>(value);
        return std::in_range<To>(value);
    } else {
        // Both bounds are powers of two, so they are exact in any float type; NaN fails the comparison.
        const From end = std::ldexp(From {1}, std::numeric_limits<To>::digits);
        const From begin = std::numeric_limits<To>::is_signed ? -end : From {0};
        if (!(value >= begin && value < end))
            return false;
        out = static_cast<To>(value);
        return static_cast<From>(out) == value;
    }
}

template <typename To, typename From> bool assignFloat(From value, To &out)
{
    if constexpr (std::integral<From>) {
        out = static_cast<To>(static_cast<double>(value));
        From back {};
        return assignInteger(static_cast<double>(widened(out)), back) && back == value;
    } else {
        out = static_cast<To>(value);
        return std::isfinite(widened(out)) || !std::isfinite(value);
    }
}

struct Bool
{
    std::uint8_t value;
};

template <typename To, typename From> bool assign(const From &value, To &out)
{
    if constexpr (std::same_as<From, Bool>) {
        return assign(static_cast<std::uint8_t>(value.value != 0), out);
    } else if constexpr (std::same_as<To, Bool>) {
        out.value = widened(value) != 0;
        return widened(value) == 0 || widened(value) == 1;
    } else if constexpr (std::integral<To>) {
        return assignInteger(widened(value), out);
    } else {
        return assignFloat(widened(value), out);
    }
}

template <typename From> std::string describe(const From &value)
{
    if constexpr (std::same_as<From, Bool>)
        return std::to_string(value.value);
    else
        return std::to_string(widened(value));
}

template <typename From, typename To> Result<Tensor> convert(const Tensor &tensor, DType type)
{
    Tensor result(type, tensor.shape());
    const std::span<const From> in = tensor.data<From>();
    const std::span<To> out = result.mutableData<To>();
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (!assign(in[i], out[i]))
            return Error {ErrorCode::InvalidArgument,
                          {},
                          "value " + describe(in[i]) + " of type " + std::string(toString(tensor.type()))
                              + " does not fit " + std::string(toString(type))};
    }
    return result;
}

/// Calls \a visitor with a value of the C++ type of \a type; false when there is none.
template <typename Visitor> bool visit(DType type, Visitor visitor)
{
    switch (type) {
    case DType::Float16:
        return visitor(Eigen::half {}), true;
    case DType::BFloat16:
        return visitor(Eigen::bfloat16 {}), true;
    case DType::Float32:
        return visitor(float {}), true;
    case DType::Float64:
        return visitor(double {}), true;
    case DType::Int8:
        return visitor(std::int8_t {}), true;
    case DType::Int16:
        return visitor(std::int16_t {}), true;
    case DType::Int32:
        return visitor(std::int32_t {}), true;
    case DType::Int64:
        return visitor(std::int64_t {}), true;
    case DType::UInt8:
        return visitor(std::uint8_t {}), true;
    case DType::UInt16:
        return visitor(std::uint16_t {}), true;
    case DType::UInt32:
        return visitor(std::uint32_t {}), true;
    case DType::UInt64:
        return visitor(std::uint64_t {}), true;
    case DType::Bool:
        return visitor(Bool {}), true;
    default:
        return false;
    }
}

} // namespace

Result<Tensor> convertTensor(const Tensor &tensor, DType type)
{
    if (tensor.type() == type)
        return tensor;
    Result<Tensor> result = Error {ErrorCode::Unsupported,
                                   {},
                                   std::string(toString(tensor.type())) + " cannot be converted to "
                                       + std::string(toString(type))};
    visit(tensor.type(), [&]<typename From>(From) {
        visit(type, [&]<typename To>(To) { result = convert<From, To>(tensor, type); });
    });
    return result;
}

} // namespace qs
