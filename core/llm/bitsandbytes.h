// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/matrix.h"

#include <array>
#include <optional>

/// The formats of bitsandbytes: 4-bit codes of a table (NF4, FP4) with a scale for each block (Dettmers et
/// al. 2023, "QLoRA"), and 8-bit rows (Dettmers et al. 2022, "LLM.int8()").
namespace qs {

enum class TableKind { Nf4, Fp4 };

/// The 16 values of the codes, as bitsandbytes' functional.py has them.
const std::array<float, 16> &tableOf(TableKind kind);
/// The 256 sorted values absolute maxima are rounded to in double quantization (create_dynamic_map).
const std::array<float, 256> &dynamicMap();

inline constexpr std::int64_t kTableBlock = 64; ///< weights that share a scale
inline constexpr std::int64_t kNestedBlock = 256; ///< scales that share a scale of their own

/// Weights in the order of rows, in blocks that may cross rows.
struct TableWeights
{
    TableKind kind = TableKind::Nf4;
    std::int64_t count = 0; ///< weights
    std::int64_t blockSize = kTableBlock;
    std::vector<std::uint8_t> packed; ///< two codes a byte, the first in the high half
    std::vector<float> absMax; ///< [blocks]; with double quantization what its codes stand for

    struct Nested ///< double quantization
    {
        std::vector<std::uint8_t> codes; ///< [blocks]: places in dynamicMap()
        std::vector<float> absMax; ///< [ceil(blocks / 256)]
        float offset = 0; ///< mean of the maxima
    };
    std::optional<Nested> nested;
};

/// On all cores.
TableWeights quantizeTable(std::span<const float> weights, TableKind kind, bool isDouble,
                           std::int64_t blockSize = kTableBlock);
/// \a out has room for weights.count values.
void dequantizeTable(const TableWeights &weights, std::span<const float> table, std::span<float> out);
/// Scales out of their codes: map[code] * nested absmax + offset.
std::vector<float> expandScales(const TableWeights::Nested &nested, std::span<const float> map,
                                std::int64_t blockSize = kNestedBlock);

/// Rows of 8-bit integers: w = code * scale / 127.
struct Int8Rows
{
    std::int64_t out = 0;
    std::int64_t in = 0;
    std::vector<std::int8_t> codes; ///< [out][in]
    std::vector<float> scales; ///< [out]: largest magnitude of the row, "SCB"
};
/// Of the weights rounded to binary16, as bitsandbytes takes them.
Int8Rows quantizeInt8Rows(const Matrix &weight);
Matrix dequantize(const Int8Rows &rows);

} // namespace qs
