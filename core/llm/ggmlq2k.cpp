// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Q2_K: 84 bytes a super-block: 16 x (4-bit scale, 4-bit minimum), 64 bytes of 2-bit codes, half d, half
// dmin.
#include "core/llm/ggmlcodecs.h"
#include "core/llm/ggmlsuperblock.h"

namespace qs::ggml {
namespace {

constexpr int kGroup = 16;
constexpr int kGroups = 16;
constexpr int kTop = 3;
constexpr int kScaleTop = 15;
constexpr int kCodesAt = 16;
constexpr int kScaleAt = 80;
constexpr int kMinimumAt = 82;
constexpr int kBytes = 84;

QS_INLINE void quantizeBlock(const float *x, const float *importance, std::byte *out)
{
    FloatLanes values[2][kGroup];
    IntLanes found[2][kGroup];
    float scales[kGroups];
    float minima[kGroups];
    float sums[kGroups];
    const float sigma2 = importance ? sumOfSquares(x) / kSuper : 0.F;
    for (int half = 0; half < 2; ++half) {
        FloatLanes weights[kGroup];
        toLanes<kGroup>(x + 128 * half, values[half]);
        ScaleAndMinimum grid {};
        if (importance) {
            weigh<kGroup>(importance + 128 * half, sigma2, values[half], weights);
            grid = searchGrid<kGroup, kTop, GridSteps {-0.9F, 0.05F, 36, false}>(values[half], weights,
                                                                                 found[half]);
        } else {
            for (int i = 0; i < kGroup; ++i)
                weights[i] = magnitude(values[half][i]);
            grid = searchGrid<kGroup, kTop, GridSteps {-0.5F, 0.1F, 15, true}>(values[half], weights,
                                                                               found[half]);
        }
        const FloatLanes sum = sumOf<kGroup>(weights);
        for (int g = 0; g < kLanes; ++g) {
            scales[kLanes * half + g] = grid.scale[g];
            minima[kLanes * half + g] = grid.minimum[g];
            sums[kLanes * half + g] = sum[g];
        }
    }
    std::uint8_t scaleCodes[kGroups];
    std::uint8_t minimumCodes[kGroups];
    const float d = importance ? searchPositive(kGroups, scales, sums, kScaleTop, scaleCodes)
                               : roundScales<kGroups>(scales, kScaleTop, scaleCodes);
    const float dmin = importance ? searchPositive(kGroups, minima, sums, kScaleTop, minimumCodes)
                                  : roundScales<kGroups>(minima, kScaleTop, minimumCodes);
    const float storedScale = storeHalf(d, out + kScaleAt);
    const float storedMinimum = storeHalf(dmin, out + kMinimumAt);
    std::uint8_t codes[kSuper];
    for (int half = 0; half < 2; ++half) {
        FloatLanes scale {};
        FloatLanes minimum {};
        for (int g = 0; g < kLanes; ++g) {
            scale[g] = storedScale * static_cast<float>(scaleCodes[kLanes * half + g]);
            minimum[g] = storedMinimum * static_cast<float>(minimumCodes[kLanes * half + g]);
        }
        roundAgain<kGroup>(values[half], scale, minimum, kTop, found[half]);
        fromLanes<kGroup>(found[half], codes + 128 * half);
    }
    for (int g = 0; g < kGroups; ++g)
        out[g] = static_cast<std::byte>(scaleCodes[g] | minimumCodes[g] << 4);
    packPairs(codes, out + kCodesAt);
}

} // namespace

QS_VECTORIZE void quantizeQ2_K(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength,
                               const float *importance)
{
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t at = 0; at < rowLength; at += kSuper, x += kSuper, out += kBytes)
            quantizeBlock(x, importance ? importance + at : nullptr, out);
    }
}

QS_VECTORIZE void dequantizeQ2_K(const std::byte *in, float *out, std::int64_t elements)
{
    for (std::int64_t i = 0; i < elements; i += kSuper, in += kBytes) {
        std::uint8_t codes[kSuper];
        unpackPairs(in + kCodesAt, codes);
        const float d = loadHalf(in + kScaleAt);
        const float dmin = loadHalf(in + kMinimumAt);
        for (int g = 0; g < kGroups; ++g) {
            const float scale = d * static_cast<float>(std::to_integer<int>(in[g] & std::byte {15}));
            const float minimum = dmin * static_cast<float>(std::to_integer<int>(in[g] >> 4));
            for (int j = kGroup * g; j < kGroup * (g + 1); ++j)
                out[i + j] = scale * static_cast<float>(codes[j]) - minimum;
        }
    }
}

} // namespace qs::ggml
