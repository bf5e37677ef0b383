// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The header of a safetensors file: 8 bytes of length, then JSON (huggingface/safetensors, README "Format").
namespace qs {

/// Longest header the format allows, in bytes (safetensors' MAX_HEADER_SIZE).
inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;

struct SafetensorsEntry
{
    std::string name;
    DType type = DType::Undefined;
    Shape shape; ///< empty = scalar
    std::uint64_t begin = 0; ///< bytes from the end of the header
    std::uint64_t end = 0;

    std::uint64_t byteSize() const { return end - begin; }
    bool operator==(const SafetensorsEntry &) const = default;
};

struct SafetensorsHeader
{
    std::map<std::string, std::string> metadata; ///< "__metadata__"
    std::vector<SafetensorsEntry> entries; ///< in the order of their bytes, which they fill without a gap

    bool operator==(const SafetensorsHeader &) const = default;
};

/// Reads the JSON \a text (without the length). \a bufferSize is what follows the header in the file and must
/// be exactly what the tensors take. Format errors say what is wrong with which tensor; their subject is
/// empty.
Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view text, std::uint64_t bufferSize);

/// Length and JSON for \a header, padded with spaces so that the tensors start at a multiple of 8 and that
/// the JSON has at least \a minimumLength bytes. Bytes as huggingface's own writer makes them.
std::string makeSafetensorsHeader(const SafetensorsHeader &header, std::size_t minimumLength = 0);

/// The format's name of \a type, "BF16"; empty for types it does not have.
std::string_view safetensorsTypeName(DType type);
std::optional<DType> safetensorsType(std::string_view name);
/// Place of \a type in the order tensors are written in, widest alignment first.
int safetensorsTypeRank(DType type);

/// \a text as it can stand in a message: no control characters, at most 80 bytes, in quotes.
std::string quotedName(std::string_view text);

} // namespace qs
