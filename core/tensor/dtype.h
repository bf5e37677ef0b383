// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace qs {

/// Element types, with the numbers of onnx.TensorProto.DataType (onnx.proto, IR version 10), so that types
/// newer than the linked onnx library keep their identity.
enum class DType : std::int32_t {
    Undefined = 0,
    Float32 = 1,
    UInt8 = 2,
    Int8 = 3,
    UInt16 = 4,
    Int16 = 5,
    Int32 = 6,
    Int64 = 7,
    String = 8,
    Bool = 9,
    Float16 = 10,
    Float64 = 11,
    UInt32 = 12,
    UInt64 = 13,
    Complex64 = 14,
    Complex128 = 15,
    BFloat16 = 16,
    Float8E4M3FN = 17,
    Float8E4M3FNUZ = 18,
    Float8E5M2 = 19,
    Float8E5M2FNUZ = 20,
    UInt4 = 21,
    Int4 = 22,
    Float4E2M1 = 23,
};

/// ONNX spelling: "float32", "uint8", "int4"… ; "undefined" for a number not listed above.
std::string_view toString(DType type);
std::optional<DType> dtypeFromString(std::string_view name);

/// Bits an element takes when packed (4 for int4), 0 for strings and unknown types.
int bitsOf(DType type);
/// Bytes that \a elements packed elements take, rounded up to whole bytes.
std::size_t bytesFor(DType type, std::size_t elements);

bool isFloatingPoint(DType type);

} // namespace qs
