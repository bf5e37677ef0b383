// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/ggmltype.h"
#include "core/tensor/tensor.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

/// The header of a GGUF file (ggml/docs/gguf.md, version 3): metadata and what tensors there are.
namespace qs {

struct GgufArray;
/// The index of the alternative is the number of the type in the file.
using GgufValue
    = std::variant<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t, std::int32_t, float,
                   bool, std::string, GgufArray, std::uint64_t, std::int64_t, double>;
/// Elements of one type, in the same order of types. ggml has no arrays of arrays, other readers do.
struct GgufArray
{
    std::variant<std::vector<std::uint8_t>, std::vector<std::int8_t>, std::vector<std::uint16_t>,
                 std::vector<std::int16_t>, std::vector<std::uint32_t>, std::vector<std::int32_t>,
                 std::vector<float>, std::vector<bool>, std::vector<std::string>, std::vector<GgufArray>,
                 std::vector<std::uint64_t>, std::vector<std::int64_t>, std::vector<double>>
        items;

    std::size_t size() const;
};

struct GgufEntry
{
    std::string key;
    GgufValue value;
};

struct GgufTensorInfo
{
    std::string name;
    GgmlType type = GgmlType::F32; ///< may be one that is not coded here, but its size is known
    Shape shape; ///< 1 to 4 dimensions as ggml counts them: first the contiguous one, the length of a row
    std::uint64_t offset = 0; ///< from the start of the data
    std::uint64_t byteSize = 0;

    std::int64_t rowLength() const { return shape.front(); }
    std::int64_t elements() const { return elementCount(shape); }
    std::int64_t rows() const { return elements() / rowLength(); }
};

struct GgufHeader
{
    std::vector<GgufEntry> metadata; ///< in the order of the file
    std::vector<GgufTensorInfo> tensors; ///< in the order of their data
    std::uint64_t alignment = 32;
    std::uint64_t dataStart = 0; ///< in the file

    const GgufValue *find(std::string_view key) const;
    const GgufTensorInfo *findTensor(std::string_view name) const;
    /// The value of \a key if it is there with exactly this type.
    template <typename T> const T *get(std::string_view key) const
    {
        const GgufValue *value = find(key);
        return value ? std::get_if<T>(value) : nullptr;
    }
    /// Any integer that is not negative.
    std::optional<std::uint64_t> number(std::string_view key) const;
    /// "llama", "" when there is none.
    std::string architecture() const;
    /// Sets \a key, at its old place or at the end.
    void set(const std::string &key, GgufValue value);
    void remove(std::string_view key);
};

/// Reads the header at the start of \a bytes, which belongs to a file of \a fileSize bytes; every count,
/// length and offset is checked against that, nothing is allocated before. As ggml does, tensors must lie one
/// behind the other in the order of the list. Errors have no subject.
Result<GgufHeader> parseGgufHeader(std::span<const std::byte> bytes, std::uint64_t fileSize);

/// Fills in offsets and sizes of the tensors, alignment (from "general.alignment", else 32) and dataStart,
/// and returns the bytes of the header with its padding. What parseGgufHeader() refuses is refused here too.
Result<std::string> layOutGguf(GgufHeader &header);

/// \a size rounded up to a multiple of \a alignment, a power of two.
constexpr std::uint64_t padded(std::uint64_t size, std::uint64_t alignment)
{
    return (size + alignment - 1) & ~(alignment - 1);
}

} // namespace qs
