// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Q4_K and Q5_K: half d, half dmin, 8 x (6-bit scale, 6-bit minimum) in 12 bytes, for Q5_K 32 bytes of fifth
// bits, 128 bytes of nibbles.
#include "core/llm/ggmlcodecs.h"
#include "core/llm/ggmlsuperblock.h"

namespace qs::ggml {
namespace {

constexpr int kGroup = 32;
constexpr int kGroups = 8;
constexpr int kScaleTop = 63;
constexpr int kScalesAt = 4;
constexpr int kHighAt = 16;

template <int kBits> struct Format
{
    static constexpr int kTop = (1 << kBits) - 1;
    static constexpr int kLowAt = kHighAt + (kBits == 5 ? 32 : 0);
    static constexpr int kBytes = kLowAt + 128;
    static constexpr GridSteps kPlain
        = kBits == 4 ? GridSteps {-1.F, 0.1F, 20, false} : GridSteps {-0.5F, 0.1F, 15, false};
    static constexpr GridSteps kWeighted {-0.9F, 0.05F, 36, false};
};

QS_INLINE void packScales(const std::uint8_t *scales, const std::uint8_t *minima, std::byte *out)
{
    std::uint8_t packed[12];
    for (int g = 0; g < 4; ++g) {
        packed[g] = static_cast<std::uint8_t>(scales[g] | scales[g + 4] >> 4 << 6);
        packed[g + 4] = static_cast<std::uint8_t>(minima[g] | minima[g + 4] >> 4 << 6);
        packed[g + 8] = static_cast<std::uint8_t>((scales[g + 4] & 15) | (minima[g + 4] & 15) << 4);
    }
    std::memcpy(out, packed, sizeof packed);
}
QS_INLINE void unpackScales(const std::byte *in, std::uint8_t *scales, std::uint8_t *minima)
{
    std::uint8_t packed[12];
    std::memcpy(packed, in, sizeof packed);
    for (int g = 0; g < 4; ++g) {
        scales[g] = packed[g] & 63;
        minima[g] = packed[g + 4] & 63;
        scales[g + 4] = static_cast<std::uint8_t>((packed[g + 8] & 15) | packed[g] >> 6 << 4);
        minima[g + 4] = static_cast<std::uint8_t>(packed[g + 8] >> 4 | packed[g + 4] >> 6 << 4);
    }
}

template <int kBits> QS_INLINE void packCodes(const std::uint8_t *codes, std::byte *out)
{
    std::uint8_t low[kSuper / 2];
    std::uint8_t high[32] {};
    for (int pair = 0; pair < 4; ++pair) {
        for (int l = 0; l < 32; ++l) {
            const std::uint8_t first = codes[64 * pair + l];
            const std::uint8_t second = codes[64 * pair + 32 + l];
            low[32 * pair + l] = static_cast<std::uint8_t>((first & 15) | (second & 15) << 4);
            high[l] = static_cast<std::uint8_t>(high[l] | first >> 4 << (2 * pair)
                                                | second >> 4 << (2 * pair + 1));
        }
    }
    std::memcpy(out + Format<kBits>::kLowAt, low, sizeof low);
    if constexpr (kBits == 5)
        std::memcpy(out + kHighAt, high, sizeof high);
}
template <int kBits> QS_INLINE void unpackCodes(const std::byte *in, std::uint8_t *codes)
{
    std::uint8_t low[kSuper / 2];
    std::uint8_t high[32] {};
    std::memcpy(low, in + Format<kBits>::kLowAt, sizeof low);
    if constexpr (kBits == 5)
        std::memcpy(high, in + kHighAt, sizeof high);
    for (int pair = 0; pair < 4; ++pair) {
        for (int l = 0; l < 32; ++l) {
            const std::uint8_t both = low[32 * pair + l];
            codes[64 * pair + l] = static_cast<std::uint8_t>((both & 15) | (high[l] >> (2 * pair) & 1) << 4);
            codes[64 * pair + 32 + l]
                = static_cast<std::uint8_t>(both >> 4 | (high[l] >> (2 * pair + 1) & 1) << 4);
        }
    }
}

template <int kBits> QS_INLINE void quantizeBlock(const float *x, const float *importance, std::byte *out)
{
    using F = Format<kBits>;
    FloatLanes values[kGroup];
    FloatLanes weights[kGroup];
    IntLanes found[kGroup];
    toLanes<kGroup>(x, values);
    ScaleAndMinimum grid {};
    if (importance) {
        weigh<kGroup>(importance, 2.F * sumOfSquares(x) / kSuper, values, weights);
        grid = searchGrid<kGroup, F::kTop, F::kWeighted>(values, weights, found);
    } else {
        FloatLanes squares {};
        for (int i = 0; i < kGroup; ++i)
            squares += values[i] * values[i];
        const FloatLanes mean = root(squares / float {kGroup});
        for (int i = 0; i < kGroup; ++i)
            weights[i] = mean + magnitude(values[i]);
        grid = searchGrid<kGroup, F::kTop, F::kPlain>(values, weights, found);
    }
    float scales[kGroups];
    float minima[kGroups];
    float sums[kGroups];
    const FloatLanes sum = sumOf<kGroup>(weights);
    std::memcpy(scales, &grid.scale, sizeof scales);
    std::memcpy(minima, &grid.minimum, sizeof minima);
    std::memcpy(sums, &sum, sizeof sums);
    std::uint8_t scaleCodes[kGroups];
    std::uint8_t minimumCodes[kGroups];
    const float d = importance ? searchPositive(kGroups, scales, sums, kScaleTop, scaleCodes)
                               : roundScales<kGroups>(scales, kScaleTop, scaleCodes);
    const float dmin = importance ? searchPositive(kGroups, minima, sums, kScaleTop, minimumCodes)
                                  : roundScales<kGroups>(minima, kScaleTop, minimumCodes);
    const float storedScale = storeHalf(d, out);
    const float storedMinimum = storeHalf(dmin, out + 2);
    FloatLanes scale {};
    FloatLanes minimum {};
    for (int g = 0; g < kGroups; ++g) {
        scale[g] = storedScale * static_cast<float>(scaleCodes[g]);
        minimum[g] = storedMinimum * static_cast<float>(minimumCodes[g]);
    }
    roundAgain<kGroup>(values, scale, minimum, F::kTop, found);
    std::uint8_t codes[kSuper];
    fromLanes<kGroup>(found, codes);
    packScales(scaleCodes, minimumCodes, out + kScalesAt);
    packCodes<kBits>(codes, out);
}

template <int kBits>
QS_INLINE void quantizeRows(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength,
                            const float *importance)
{
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t at = 0; at < rowLength; at += kSuper, x += kSuper, out += Format<kBits>::kBytes)
            quantizeBlock<kBits>(x, importance ? importance + at : nullptr, out);
    }
}

template <int kBits> QS_INLINE void dequantizeRow(const std::byte *in, float *out, std::int64_t elements)
{
    for (std::int64_t i = 0; i < elements; i += kSuper, in += Format<kBits>::kBytes) {
        std::uint8_t codes[kSuper];
        std::uint8_t scales[kGroups];
        std::uint8_t minima[kGroups];
        unpackCodes<kBits>(in, codes);
        unpackScales(in + kScalesAt, scales, minima);
        const float d = loadHalf(in);
        const float dmin = loadHalf(in + 2);
        for (int g = 0; g < kGroups; ++g) {
            const float scale = d * static_cast<float>(scales[g]);
            const float minimum = dmin * static_cast<float>(minima[g]);
            for (int j = kGroup * g; j < kGroup * (g + 1); ++j)
                out[i + j] = scale * static_cast<float>(codes[j]) - minimum;
        }
    }
}

} // namespace

QS_VECTORIZE void quantizeQ4_K(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength,
                               const float *importance)
{
    quantizeRows<4>(x, out, rows, rowLength, importance);
}
QS_VECTORIZE void dequantizeQ4_K(const std::byte *in, float *out, std::int64_t elements)
{
    dequantizeRow<4>(in, out, elements);
}
QS_VECTORIZE void quantizeQ5_K(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength,
                               const float *importance)
{
    quantizeRows<5>(x, out, rows, rowLength, importance);
}
QS_VECTORIZE void dequantizeQ5_K(const std::byte *in, float *out, std::int64_t elements)
{
    dequantizeRow<5>(in, out, elements);
}

} // namespace qs::ggml
