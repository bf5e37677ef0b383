// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace qs {

/// Weights in blocks along the inputs, each with a scale of its own.
struct BlockScheme
{
    int bits = 4; ///< 4 or 8
    int blockSize = 32; ///< a power of two from 16 on
    bool symmetric = true; ///< zero point 2^(bits-1), scale of either sign; else a zero point a block
    bool searched = false; ///< tries smaller ranges for the least squared error; else the range of the values

    bool operator==(const BlockScheme &) const = default;
};

/// A matrix [rows, columns] in com.microsoft.MatMulNBits' layout (onnxruntime docs/ContribOperators.md).
struct BlockCodes
{
    std::int64_t blocksPerRow = 0; ///< ceil(columns / blockSize)
    std::vector<std::uint8_t>
        codes; ///< [rows, blocksPerRow, blockSize * bits / 8], low nibble first; 0 past the end
    std::vector<float> scales; ///< [rows, blocksPerRow]
    /// [rows, ceil(blocksPerRow * bits / 8)], low nibble first, odd rows padded with the middle; empty when
    /// symmetric.
    std::vector<std::uint8_t> zeroPoints;
};

/// Rounds to nearest as ONNX Runtime's quantize_matmul_4bits does (halves away from zero), bit for bit:
/// symmetric scale = v / -2^(bits-1) with v the value of the largest magnitude; asymmetric scale = (max -
/// min) / (2^bits - 1) with 0 in the range. \a weight is finite, [rows, columns], row by row.
BlockCodes quantizeBlocks(std::span<const float> weight, std::int64_t rows, std::int64_t columns,
                          const BlockScheme &scheme);

/// The same matrix the other way round, as a DequantizeLinear with axis 0 in front of a MatMul takes it (ONNX
/// opset 21), numbers of 4 bits two a byte, low nibble first, whole tensors packed without gaps.
struct BlockColumns
{
    std::vector<std::uint8_t> codes; ///< [columns, rows]; symmetric: signed, the middle taken off
    std::vector<float> scales; ///< [blocksPerRow, rows]
    std::vector<std::uint8_t> zeroPoints; ///< [blocksPerRow, rows]; empty when symmetric
};
BlockColumns byColumns(const BlockCodes &blocks, std::int64_t rows, std::int64_t columns,
                       const BlockScheme &scheme);

/// (code - zero point) * scale, [rows, columns].
std::vector<float> dequantizeBlocks(const BlockCodes &blocks, std::int64_t rows, std::int64_t columns,
                                    const BlockScheme &scheme);

} // namespace qs
