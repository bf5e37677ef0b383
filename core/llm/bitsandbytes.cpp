// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/bitsandbytes.h"

#include "core/llm/floatmath.h"
#include "core/llm/parallel.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace qs {
namespace {

/// Blocks a thread takes at a time.
constexpr std::int64_t kPiece = 1024;

// Halfway between neighbouring values of the NF4 table, in float32.
std::array<float, 15> nf4Thresholds()
{
    const auto &table = tableOf(TableKind::Nf4);
    std::array<float, 15> thresholds {};
    for (std::size_t i = 0; i < thresholds.size(); ++i)
        thresholds[i] = (table[i] + table[i + 1]) * 0.5F;
    return thresholds;
}

std::uint8_t nf4Code(float y)
{
    static const std::array<float, 15> thresholds = nf4Thresholds();
    // A value on a threshold takes the lower code.
    return static_cast<std::uint8_t>(std::lower_bound(thresholds.begin(), thresholds.end(), y)
                                     - thresholds.begin());
}

// bitsandbytes kernels.cu, dQuantizeFP4: the codes are not sorted by value.
std::uint8_t fp4Code(float y)
{
    const float size = std::fabs(y);
    const int sign = y < 0 ? 8 : 0;
    const auto code = [&] {
        if (size > 0.29166667F)
            return size > 0.583333F ? (size > 0.8333333F ? 3 : 2) : (size > 0.4166667F ? 5 : 4);
        if (size > 0.0859375F)
            return size > 0.20833333F ? 7 : 6;
        return size > 0.00260417F ? 1 : 0;
    };
    return static_cast<std::uint8_t>(code() + sign);
}

std::uint8_t nearestInMap(float y)
{
    const auto &map = dynamicMap();
    const auto above = std::lower_bound(map.begin(), map.end(), y);
    if (above == map.begin())
        return 0;
    if (above == map.end())
        return 255;
    const auto below = above - 1;
    const bool isBelow = y - *below <= *above - y; // ties take the lower place
    return static_cast<std::uint8_t>((isBelow ? below : above) - map.begin());
}

TableWeights::Nested nest(std::span<const float> absMax)
{
    TableWeights::Nested nested;
    double sum = 0;
    for (const float value : absMax)
        sum += double(value);
    nested.offset = absMax.empty() ? 0.F : static_cast<float>(sum / double(absMax.size()));
    nested.codes.resize(absMax.size());
    for (std::size_t first = 0; first < absMax.size(); first += kNestedBlock) {
        const std::size_t end = std::min(first + kNestedBlock, absMax.size());
        float largest = 0;
        for (std::size_t i = first; i < end; ++i)
            largest = std::max(largest, std::fabs(absMax[i] - nested.offset));
        nested.absMax.push_back(largest);
        const float factor = largest > 0 ? 1.F / largest : 0.F;
        for (std::size_t i = first; i < end; ++i)
            nested.codes[i] = nearestInMap((absMax[i] - nested.offset) * factor);
    }
    return nested;
}

} // namespace

const std::array<float, 16> &tableOf(TableKind kind)
{
    // NF4: quantiles of a normal distribution, each as likely as the next, with an exact 0 (QLoRA, appendix
    // E).
    static constexpr std::array<float, 16> nf4 {
        -1.F,
        -0.6961928009986877F,
        -0.5250730514526367F,
        -0.39491748809814453F,
        -0.28444138169288635F,
        -0.18477343022823334F,
        -0.09105003625154495F,
        0.F,
        0.07958029955625534F,
        0.16093020141124725F,
        0.24611230194568634F,
        0.33791524171829224F,
        0.44070982933044434F,
        0.5626170039176941F,
        0.7229568362236023F,
        1.F,
    };
    // FP4: sign, two bits of exponent, one of mantissa; magnitudes in twelfths.
    static constexpr std::array<float, 16> fp4 {
        0.F, 0.0625F / 12,  8.F / 12,  1.F,  4.F / 12,  6.F / 12,  2.F / 12,  3.F / 12,
        0.F, -0.0625F / 12, -8.F / 12, -1.F, -4.F / 12, -6.F / 12, -2.F / 12, -3.F / 12,
    };
    return kind == TableKind::Nf4 ? nf4 : fp4;
}

const std::array<float, 256> &dynamicMap()
{
    static const auto map = [] {
        std::array<float, 256> values {};
        std::size_t count = 0;
        for (int i = 0; i < 7; ++i) {
            const int n = 1 << i;
            const float step = (1.F - 0.1F) / static_cast<float>(n);
            // torch.linspace goes from both ends, and with fused multiply-adds.
            const auto boundary = [&](int k) {
                return k < (n + 1) / 2 ? std::fma(step, static_cast<float>(k), 0.1F)
                                       : std::fma(-step, static_cast<float>(n - k), 1.F);
            };
            const auto scale = static_cast<float>(std::pow(10.0, i - 6));
            for (int k = 0; k < n; ++k) {
                const float mean = (boundary(k) + boundary(k + 1)) / 2.F;
                values[count++] = scale * mean;
                values[count++] = -(scale * mean);
            }
        }
        values[count++] = 0;
        values[count++] = 1;
        std::sort(values.begin(), values.end());
        return values;
    }();
    return map;
}

TableWeights quantizeTable(std::span<const float> weights, TableKind kind, bool isDouble,
                           std::int64_t blockSize)
{
    assert(blockSize > 0 && blockSize % 2 == 0);
    TableWeights result;
    result.kind = kind;
    result.count = static_cast<std::int64_t>(weights.size());
    result.blockSize = blockSize;
    result.packed.resize((weights.size() + 1) / 2);
    const std::int64_t blocks = (result.count + blockSize - 1) / blockSize;
    result.absMax.resize(static_cast<std::size_t>(blocks));
    const auto size = static_cast<std::size_t>(blockSize);
    parallelFor(static_cast<std::size_t>((blocks + kPiece - 1) / kPiece), [&](std::size_t piece) {
        const auto begin = static_cast<std::int64_t>(piece) * kPiece;
        for (auto block = static_cast<std::size_t>(begin);
             block < static_cast<std::size_t>(std::min(begin + kPiece, blocks)); ++block) {
            const std::size_t first = block * size;
            const auto part = weights.subspan(first, std::min(size, weights.size() - first));
            const float largest = absMaximum(part);
            result.absMax[block] = largest;
            const float factor = largest > 0 ? 1.F / largest : 0.F;
            for (std::size_t i = 0; i < part.size(); ++i) {
                const float y = part[i] * factor;
                const unsigned code = kind == TableKind::Nf4 ? nf4Code(y) : fp4Code(y);
                std::uint8_t &byte = result.packed[(first + i) / 2];
                byte = static_cast<std::uint8_t>((first + i) % 2 == 0 ? code << 4 : byte | code);
            }
        }
    });
    if (isDouble) {
        result.nested = nest(result.absMax);
        result.absMax = expandScales(*result.nested, dynamicMap());
    }
    return result;
}

void dequantizeTable(const TableWeights &weights, std::span<const float> table, std::span<float> out)
{
    const auto size = static_cast<std::size_t>(weights.blockSize);
    parallelFor((out.size() + size * kPiece - 1) / (size * kPiece), [&](std::size_t piece) {
        const std::size_t begin = piece * size * kPiece;
        for (std::size_t i = begin; i < std::min(begin + size * kPiece, out.size()); ++i) {
            const unsigned byte = weights.packed[i / 2];
            out[i] = table[i % 2 == 0 ? byte >> 4 : byte & 15] * weights.absMax[i / size];
        }
    });
}

std::vector<float> expandScales(const TableWeights::Nested &nested, std::span<const float> map,
                                std::int64_t blockSize)
{
    std::vector<float> scales(nested.codes.size());
    for (std::size_t i = 0; i < scales.size(); ++i)
        scales[i]
            = map[nested.codes[i]] * nested.absMax[i / static_cast<std::size_t>(blockSize)] + nested.offset;
    return scales;
}

Int8Rows quantizeInt8Rows(const Matrix &weight)
{
    Int8Rows rows {weight.rows, weight.cols, std::vector<std::int8_t>(weight.values.size()),
                   std::vector<float>(static_cast<std::size_t>(weight.rows))};
    parallelFor(static_cast<std::size_t>(weight.rows), [&](std::size_t index) {
        std::vector<float> half;
        for (const float value : weight.rowSpan(static_cast<std::int64_t>(index)))
            half.push_back(roundToHalf(value));
        const float largest = absMaximum(half);
        rows.scales[index] = largest;
        const float factor = largest > 0 ? 127.F / largest : 0.F;
        std::int8_t *codes = rows.codes.data() + static_cast<std::int64_t>(index) * weight.cols;
        for (std::size_t i = 0; i < half.size(); ++i)
            codes[i] = static_cast<std::int8_t>(std::nearbyint(half[i] * factor));
    });
    return rows;
}

Matrix dequantize(const Int8Rows &rows)
{
    Matrix weight(rows.out, rows.in);
    for (std::int64_t row = 0; row < rows.out; ++row) {
        const float factor = rows.scales[static_cast<std::size_t>(row)] / 127.F;
        for (std::int64_t i = 0; i < rows.in; ++i)
            weight.row(row)[i]
                = static_cast<float>(rows.codes[static_cast<std::size_t>(row * rows.in + i)]) * factor;
    }
    return weight;
}

} // namespace qs
