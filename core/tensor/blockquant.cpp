// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tensor/blockquant.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

struct Grid
{
    float scale = 0;
    int zeroPoint = 0;
};

int codeOf(float value, const Grid &grid, int largest)
{
    const float inverse = grid.scale != 0 ? 1.F / grid.scale : 0.F;
    return static_cast<int>(std::clamp(std::round(value * inverse + static_cast<float>(grid.zeroPoint)), 0.F,
                                       static_cast<float>(largest)));
}

Grid symmetricGrid(float low, float high, int bits)
{
    const int middle = 1 << (bits - 1);
    const float extreme = std::abs(high) > std::abs(low) ? high : low;
    return {extreme / static_cast<float>(-middle), middle};
}

Grid asymmetricGrid(float low, float high, int largest)
{
    const float scale = (high - low) / static_cast<float>(largest);
    const float zero = scale != 0 ? std::round((0.F - low) / scale) : 0.F;
    return {scale, static_cast<int>(std::clamp(zero, 0.F, static_cast<float>(largest)))};
}

double squaredError(std::span<const float> block, const Grid &grid, int largest)
{
    double error = 0;
    for (const float v : block) {
        const float back = static_cast<float>(codeOf(v, grid, largest) - grid.zeroPoint) * grid.scale;
        error += static_cast<double>(v - back) * static_cast<double>(v - back);
    }
    return error;
}

Grid gridOf(std::span<const float> block, const BlockScheme &scheme)
{
    const int largest = (1 << scheme.bits) - 1;
    float low = 0;
    float high = 0;
    for (const float v : block) {
        low = std::min(low, v);
        high = std::max(high, v);
    }
    const auto shrunk = [&](float part) {
        return scheme.symmetric ? symmetricGrid(low * part, high * part, scheme.bits)
                                : asymmetricGrid(low * part, high * part, largest);
    };
    Grid best = shrunk(1.F);
    if (!scheme.searched)
        return best;
    constexpr int kSteps = 20;
    constexpr float kSmallest = 0.6F;
    double least = squaredError(block, best, largest);
    for (int step = 1; step <= kSteps; ++step) {
        const Grid grid = shrunk(1.F - (1.F - kSmallest) * static_cast<float>(step) / kSteps);
        const double error = squaredError(block, grid, largest);
        if (error < least) {
            least = error;
            best = grid;
        }
    }
    return best;
}

/// Reads single numbers of BlockCodes.
class PackedBlocks
{
public:
    PackedBlocks(const BlockCodes &blocks, std::int64_t columns, const BlockScheme &scheme)
        : m_blocks(blocks)
        , m_bits(scheme.bits)
        , m_block(static_cast<std::size_t>(scheme.blockSize))
        , m_perRow((static_cast<std::size_t>(columns) + m_block - 1) / m_block)
        , m_bytes(m_block * static_cast<std::size_t>(scheme.bits) / 8)
        , m_zeroBytes((m_perRow * static_cast<std::size_t>(scheme.bits) + 7) / 8)
    { }

    int code(std::size_t row, std::size_t column) const
    {
        return number(m_blocks.codes.data() + (row * m_perRow + column / m_block) * m_bytes,
                      column % m_block);
    }
    int zeroPoint(std::size_t row, std::size_t block) const
    {
        return m_blocks.zeroPoints.empty() ? 1 << (m_bits - 1)
                                           : number(m_blocks.zeroPoints.data() + row * m_zeroBytes, block);
    }

private:
    int number(const std::uint8_t *data, std::size_t i) const
    {
        return m_bits == 8 ? int {data[i]} : data[i / 2] >> (i % 2 * 4) & 15;
    }

    const BlockCodes &m_blocks;
    int m_bits;
    std::size_t m_block;
    std::size_t m_perRow;
    std::size_t m_bytes; ///< of a block's codes
    std::size_t m_zeroBytes; ///< of a row's zero points
};

} // namespace

BlockCodes quantizeBlocks(std::span<const float> weight, std::int64_t rows, std::int64_t columns,
                          const BlockScheme &scheme)
{
    const auto width = static_cast<std::size_t>(columns);
    const auto block = static_cast<std::size_t>(scheme.blockSize);
    const std::size_t perRow = (width + block - 1) / block;
    const std::size_t bytes = block * static_cast<std::size_t>(scheme.bits) / 8;
    const std::size_t zeroBytes = (perRow * static_cast<std::size_t>(scheme.bits) + 7) / 8;
    const int largest = (1 << scheme.bits) - 1;
    const int middle = 1 << (scheme.bits - 1);
    BlockCodes result;
    result.blocksPerRow = static_cast<std::int64_t>(perRow);
    result.codes.resize(static_cast<std::size_t>(rows) * perRow * bytes);
    result.scales.resize(static_cast<std::size_t>(rows) * perRow);
    if (!scheme.symmetric)
        result.zeroPoints.assign(static_cast<std::size_t>(rows) * zeroBytes,
                                 static_cast<std::uint8_t>(scheme.bits == 4 ? middle << 4 | middle : middle));
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
        for (std::size_t b = 0; b < perRow; ++b) {
            const auto values = weight.subspan(r * width + b * block, std::min(block, width - b * block));
            const Grid grid = gridOf(values, scheme);
            result.scales[r * perRow + b] = grid.scale;
            std::uint8_t *const codes = result.codes.data() + (r * perRow + b) * bytes;
            for (std::size_t i = 0; i < values.size(); ++i) {
                const int code = codeOf(values[i], grid, largest);
                if (scheme.bits == 8)
                    codes[i] = static_cast<std::uint8_t>(code);
                else
                    codes[i / 2] = static_cast<std::uint8_t>(codes[i / 2] | code << (i % 2 * 4));
            }
            if (scheme.symmetric)
                continue;
            std::uint8_t &zero = result.zeroPoints[r * zeroBytes + (scheme.bits == 8 ? b : b / 2)];
            const auto shift = scheme.bits == 8 ? 0U : static_cast<unsigned>(b % 2 * 4);
            zero = static_cast<std::uint8_t>((zero & ~(static_cast<unsigned>(largest) << shift))
                                             | static_cast<unsigned>(grid.zeroPoint) << shift);
        }
    }
    return result;
}

BlockColumns byColumns(const BlockCodes &blocks, std::int64_t rows, std::int64_t columns,
                       const BlockScheme &scheme)
{
    const PackedBlocks packed(blocks, columns, scheme);
    const auto height = static_cast<std::size_t>(rows);
    const auto width = static_cast<std::size_t>(columns);
    const auto perRow = static_cast<std::size_t>(blocks.blocksPerRow);
    const auto bits = static_cast<unsigned>(scheme.bits);
    const auto bytesFor = [&](std::size_t count) { return (count * bits + 7) / 8; };
    const auto put = [&](std::vector<std::uint8_t> &bytes, std::size_t i, int value) {
        const unsigned code = static_cast<unsigned>(value) & ((1U << bits) - 1);
        std::uint8_t &byte = bytes[i * bits / 8];
        byte = static_cast<std::uint8_t>(byte | code << (i * bits % 8));
    };
    BlockColumns result;
    result.codes.resize(bytesFor(width * height));
    result.scales.resize(perRow * height);
    if (!blocks.zeroPoints.empty())
        result.zeroPoints.resize(bytesFor(perRow * height));
    const int taken = blocks.zeroPoints.empty() ? 1 << (bits - 1) : 0;
    for (std::size_t k = 0; k < width; ++k) {
        for (std::size_t n = 0; n < height; ++n)
            put(result.codes, k * height + n, packed.code(n, k) - taken);
    }
    for (std::size_t b = 0; b < perRow; ++b) {
        for (std::size_t n = 0; n < height; ++n) {
            result.scales[b * height + n] = blocks.scales[n * perRow + b];
            if (!blocks.zeroPoints.empty())
                put(result.zeroPoints, b * height + n, packed.zeroPoint(n, b));
        }
    }
    return result;
}

std::vector<float> dequantizeBlocks(const BlockCodes &blocks, std::int64_t rows, std::int64_t columns,
                                    const BlockScheme &scheme)
{
    const PackedBlocks packed(blocks, columns, scheme);
    const auto width = static_cast<std::size_t>(columns);
    const auto block = static_cast<std::size_t>(scheme.blockSize);
    const auto perRow = static_cast<std::size_t>(blocks.blocksPerRow);
    std::vector<float> values(static_cast<std::size_t>(rows) * width);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t row = i / width;
        const std::size_t b = i % width / block;
        values[i] = static_cast<float>(packed.code(row, i % width) - packed.zeroPoint(row, b))
            * blocks.scales[row * perRow + b];
    }
    return values;
}

} // namespace qs
