// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Q4_0 Q4_1 Q5_0 Q5_1 Q8_0: blocks of 32 with a scale, with or without a minimum.
#include "core/llm/ggmlcodecs.h"
#include "core/llm/ggmlhalf.h"
#include "core/llm/ggmlsearch.h"

namespace qs::ggml {
namespace {

constexpr int kBlock = 32;

/// Layout of a block: scale, minimum if any, fifth bits if any, low nibbles (the first half of the block in
/// the low ones).
template <int kBits, bool kHasMinimum> struct Layout
{
    static constexpr int kCodes = 1 << kBits;
    static constexpr int kHighAt = kHasMinimum ? 4 : 2;
    static constexpr int kLowAt = kHighAt + (kBits == 5 ? 4 : 0);
    static constexpr int kBytes = kLowAt + kBlock / 2;

    QS_INLINE static void pack(const std::uint8_t *codes, std::byte *out)
    {
        std::uint8_t low[kBlock / 2];
        for (int j = 0; j < kBlock / 2; ++j)
            low[j] = static_cast<std::uint8_t>((codes[j] & 15) | (codes[j + kBlock / 2] & 15) << 4);
        std::memcpy(out + kLowAt, low, sizeof low);
        if constexpr (kBits == 5) {
            std::uint32_t high = 0;
            for (int j = 0; j < kBlock; ++j)
                high |= (codes[j] >> 4 & 1U) << j;
            std::memcpy(out + kHighAt, &high, sizeof high);
        }
    }

    QS_INLINE static void unpack(const std::byte *in, std::uint8_t *codes)
    {
        std::uint8_t low[kBlock / 2];
        std::memcpy(low, in + kLowAt, sizeof low);
        for (int j = 0; j < kBlock / 2; ++j) {
            codes[j] = low[j] & 15;
            codes[j + kBlock / 2] = low[j] >> 4;
        }
        if constexpr (kBits == 5) {
            std::uint32_t high = 0;
            std::memcpy(&high, in + kHighAt, sizeof high);
            for (int j = 0; j < kBlock; ++j)
                codes[j] = static_cast<std::uint8_t>(codes[j] | (high >> j & 1U) << 4);
        }
    }
};

QS_INLINE std::int32_t maxMagnitude(const float *x)
{
    std::int32_t largest = 0;
    for (int j = 0; j < kBlock; ++j)
        largest = std::max(largest, std::bit_cast<std::int32_t>(x[j]) & 0x7FFFFFFF);
    return largest;
}

/// The first element that is \a value or, with another sign of a zero, equals it.
QS_INLINE float firstEqual(const float *x, float value)
{
    for (int j = 0; j < kBlock; ++j) {
        if (x[j] == value)
            return x[j];
    }
    return value;
}

template <int kBits>
QS_INLINE void roundCodes(const float *__restrict x, float low, float inverse, float shift,
                          std::uint8_t *__restrict codes)
{
    for (int j = 0; j < kBlock; ++j) {
        const auto code = static_cast<std::int32_t>((x[j] - low) * inverse + shift);
        codes[j] = static_cast<std::uint8_t>(std::min(code, (1 << kBits) - 1));
    }
}

/// The element of the largest magnitude gets the lowest code, so that the whole range of codes is used.
template <int kBits> QS_INLINE void plainSymmetric(const float *x, std::byte *out)
{
    const std::int32_t largest = maxMagnitude(x);
    float peak = 0.F;
    for (int j = 0; j < kBlock && largest > 0; ++j) {
        if ((std::bit_cast<std::int32_t>(x[j]) & 0x7FFFFFFF) == largest) {
            peak = x[j];
            break;
        }
    }
    constexpr float kHalf = 1 << (kBits - 1);
    const float scale = peak / -kHalf;
    const float inverse = scale != 0.F ? 1.F / scale : 0.F;
    std::uint8_t codes[kBlock];
    roundCodes<kBits>(x, 0.F, inverse, kHalf + 0.5F, codes);
    storeHalf(scale, out);
    Layout<kBits, false>::pack(codes, out);
}

template <int kBits> QS_INLINE void plainGrid(const float *x, std::byte *out)
{
    std::int32_t least = sortKey(x[0]);
    std::int32_t most = least;
    for (int j = 1; j < kBlock; ++j) {
        least = std::min(least, sortKey(x[j]));
        most = std::max(most, sortKey(x[j]));
    }
    float low = fromSortKey(least);
    if (low == 0.F)
        low = firstEqual(x, low); // which zero it is shows in the file
    const float scale = (fromSortKey(most) - low) / static_cast<float>((1 << kBits) - 1);
    const float inverse = scale != 0.F ? 1.F / scale : 0.F;
    std::uint8_t codes[kBlock];
    roundCodes<kBits>(x, low, inverse, 0.5F, codes);
    storeHalf(scale, out);
    storeHalf(low, out + 2);
    Layout<kBits, true>::pack(codes, out);
}

QS_INLINE void plainBytes(const float *x, std::byte *out)
{
    const float scale = std::bit_cast<float>(maxMagnitude(x)) / 127.F;
    const float inverse = scale != 0.F ? 1.F / scale : 0.F;
    std::int8_t codes[kBlock];
    for (int j = 0; j < kBlock; ++j) {
        // Half away from zero; adding 0.5 before cutting off would round 0.49999997 up.
        const float value = x[j] * inverse;
        const auto whole = static_cast<std::int32_t>(value);
        const float rest = value - static_cast<float>(whole);
        codes[j] = static_cast<std::int8_t>(whole + int {rest >= 0.5F} - int {rest <= -0.5F});
    }
    storeHalf(scale, out);
    std::memcpy(out + 2, codes, sizeof codes);
}

/// Eight blocks of a row at a time; the last ones of a row may be fewer.
template <int kBits, bool kHasMinimum>
QS_INLINE void weightedBlocks(const float *x, const float *importance, float sigma2, std::int64_t blocks,
                              std::byte *out)
{
    FloatLanes values[kBlock] {};
    FloatLanes weights[kBlock] {};
    if (blocks == kLanes) {
        toLanes<kBlock>(x, values);
        toLanes<kBlock>(importance, weights);
    } else {
        for (int i = 0; i < kBlock; ++i) {
            for (int g = 0; g < blocks; ++g) {
                values[i][g] = x[g * kBlock + i];
                weights[i][g] = importance[g * kBlock + i];
            }
        }
    }
    for (int i = 0; i < kBlock; ++i)
        weights[i] = weights[i] * root(sigma2 + values[i] * values[i]);
    constexpr int kCodes = 1 << kBits;
    IntLanes found[kBlock];
    ScaleAndMinimum grid {};
    if constexpr (kHasMinimum)
        grid = searchGrid<kBlock, kCodes - 1, GridSteps {-0.9F, 0.05F, 36, false}>(values, weights, found);
    else
        grid.scale = searchSymmetric<kBlock>(values, weights, kCodes / 2, found);
    std::uint8_t codes[kLanes * kBlock];
    fromLanes<kBlock>(found, codes);
    for (int g = 0; g < blocks; ++g, out += Layout<kBits, kHasMinimum>::kBytes) {
        storeHalf(grid.scale[g], out);
        if constexpr (kHasMinimum)
            storeHalf(-grid.minimum[g], out + 2);
        Layout<kBits, kHasMinimum>::pack(codes + g * kBlock, out);
    }
}

template <int kBits, bool kHasMinimum>
QS_INLINE void quantizeRows(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength,
                            const float *importance)
{
    constexpr int kBytes = Layout<kBits, kHasMinimum>::kBytes;
    if (!importance) {
        for (const float *end = x + rows * rowLength; x != end; x += kBlock, out += kBytes) {
            if constexpr (kHasMinimum)
                plainGrid<kBits>(x, out);
            else
                plainSymmetric<kBits>(x, out);
        }
        return;
    }
    const std::int64_t blocks = rowLength / kBlock;
    for (std::int64_t row = 0; row < rows; ++row, x += rowLength) {
        float sigma2 = 0.F;
        for (std::int64_t i = 0; i < rowLength; ++i)
            sigma2 += x[i] * x[i];
        sigma2 /= static_cast<float>(rowLength);
        for (std::int64_t b = 0; b < blocks; b += kLanes) {
            const std::int64_t count = std::min<std::int64_t>(kLanes, blocks - b);
            weightedBlocks<kBits, kHasMinimum>(x + b * kBlock, importance + b * kBlock, sigma2, count, out);
            out += count * kBytes;
        }
    }
}

template <int kBits, bool kHasMinimum>
QS_INLINE void dequantizeRow(const std::byte *in, float *out, std::int64_t elements)
{
    for (std::int64_t i = 0; i < elements; i += kBlock, in += Layout<kBits, kHasMinimum>::kBytes) {
        std::uint8_t codes[kBlock];
        Layout<kBits, kHasMinimum>::unpack(in, codes);
        const float scale = loadHalf(in);
        const float low = kHasMinimum ? loadHalf(in + 2) : 0.F;
        const int shift = kHasMinimum ? 0 : 1 << (kBits - 1);
        float values[kBlock];
        for (int j = 0; j < kBlock; ++j) {
            values[j] = static_cast<float>(codes[j] - shift) * scale;
            if constexpr (kHasMinimum) // else a negative zero would lose its sign
                values[j] += low;
        }
        std::memcpy(out + i, values, sizeof values);
    }
}

} // namespace

#define QS_GGML_BLOCKS32(name, bits, hasMinimum)                                                             \
    QS_VECTORIZE void quantize##name(const float *x, std::byte *out, std::int64_t rows,                      \
                                     std::int64_t rowLength, const float *importance)                        \
    {                                                                                                        \
        quantizeRows<bits, hasMinimum>(x, out, rows, rowLength, importance);                                 \
    }                                                                                                        \
    QS_VECTORIZE void dequantize##name(const std::byte *in, float *out, std::int64_t elements)               \
    {                                                                                                        \
        dequantizeRow<bits, hasMinimum>(in, out, elements);                                                  \
    }

QS_GGML_BLOCKS32(Q4_0, 4, false)
QS_GGML_BLOCKS32(Q4_1, 4, true)
QS_GGML_BLOCKS32(Q5_0, 5, false)
QS_GGML_BLOCKS32(Q5_1, 5, true)

QS_VECTORIZE void quantizeQ8_0(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength,
                               const float *)
{
    for (const float *end = x + rows * rowLength; x != end; x += kBlock, out += 2 + kBlock)
        plainBytes(x, out);
}

QS_VECTORIZE void dequantizeQ8_0(const std::byte *in, float *out, std::int64_t elements)
{
    for (std::int64_t i = 0; i < elements; i += kBlock, in += 2 + kBlock) {
        std::int8_t codes[kBlock];
        std::memcpy(codes, in + 2, sizeof codes);
        const float scale = loadHalf(in);
        float values[kBlock];
        for (int j = 0; j < kBlock; ++j)
            values[j] = static_cast<float>(codes[j]) * scale;
        std::memcpy(out + i, values, sizeof values);
    }
}

} // namespace qs::ggml
