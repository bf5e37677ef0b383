// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/dtype.h"

#include <array>

namespace qs {
namespace {

struct TypeInfo
{
    DType type;
    std::string_view name;
    int bits;
};

constexpr std::array kTypes = {
    TypeInfo {DType::Undefined, "undefined", 0},
    TypeInfo {DType::Float32, "float32", 32},
    TypeInfo {DType::UInt8, "uint8", 8},
    TypeInfo {DType::Int8, "int8", 8},
    TypeInfo {DType::UInt16, "uint16", 16},
    TypeInfo {DType::Int16, "int16", 16},
    TypeInfo {DType::Int32, "int32", 32},
    TypeInfo {DType::Int64, "int64", 64},
    TypeInfo {DType::String, "string", 0},
    TypeInfo {DType::Bool, "bool", 8},
    TypeInfo {DType::Float16, "float16", 16},
    TypeInfo {DType::Float64, "float64", 64},
    TypeInfo {DType::UInt32, "uint32", 32},
    TypeInfo {DType::UInt64, "uint64", 64},
    TypeInfo {DType::Complex64, "complex64", 64},
    TypeInfo {DType::Complex128, "complex128", 128},
    TypeInfo {DType::BFloat16, "bfloat16", 16},
    TypeInfo {DType::Float8E4M3FN, "float8e4m3fn", 8},
    TypeInfo {DType::Float8E4M3FNUZ, "float8e4m3fnuz", 8},
    TypeInfo {DType::Float8E5M2, "float8e5m2", 8},
    TypeInfo {DType::Float8E5M2FNUZ, "float8e5m2fnuz", 8},
    TypeInfo {DType::UInt4, "uint4", 4},
    TypeInfo {DType::Int4, "int4", 4},
    TypeInfo {DType::Float4E2M1, "float4e2m1", 4},
};

} // namespace

std::string_view toString(DType type)
{
    for (const TypeInfo &info : kTypes) {
        if (info.type == type)
            return info.name;
    }
    return kTypes[0].name;
}

std::optional<DType> dtypeFromString(std::string_view name)
{
    for (const TypeInfo &info : kTypes) {
        if (info.name == name)
            return info.type;
    }
    return std::nullopt;
}

int bitsOf(DType type)
{
    for (const TypeInfo &info : kTypes) {
        if (info.type == type)
            return info.bits;
    }
    return 0;
}

std::size_t bytesFor(DType type, std::size_t elements)
{
    const auto bits = static_cast<std::size_t>(bitsOf(type));
    return elements / 8 * bits + (elements % 8 * bits + 7) / 8;
}

bool isFloatingPoint(DType type)
{
    switch (type) {
    case DType::Float32:
    case DType::Float16:
    case DType::Float64:
    case DType::BFloat16:
    case DType::Float8E4M3FN:
    case DType::Float8E4M3FNUZ:
    case DType::Float8E5M2:
    case DType::Float8E5M2FNUZ:
    case DType::Float4E2M1:
        return true;
    default:
        return false;
    }
}

} // namespace qs
