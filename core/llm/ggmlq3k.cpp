// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Q3_K: 110 bytes a super-block: 32 bytes of third bits, 64 bytes of 2-bit codes, 16 6-bit scales, half d.
#include "core/llm/ggmlcodecs.h"
#include "core/llm/ggmlsuperblock.h"

namespace qs::ggml {
namespace {

constexpr int kGroup = 16;
constexpr int kGroups = 16;
constexpr int kTop = 4; ///< codes are -4 … 3
constexpr int kCodesAt = 32;
constexpr int kScalesAt = 96;
constexpr int kScaleAt = 108;
constexpr int kBytes = 110;

/// One rounding, then up to five passes that move one code at a time where it lowers the weighted error
/// (ggml-quants.c: make_q3_quants). Weights are x^2.
QS_INLINE FloatLanes searchPlain(const FloatLanes *x, IntLanes *codes)
{
    FloatLanes peak = extreme<kGroup>(x);
    const IntLanes isZero = magnitude(peak) < kTiny;
    peak = select(isZero, broadcast(1.F), peak);
    const FloatLanes inverse = broadcast(-kTop) / peak;
    FloatLanes sumLx {};
    FloatLanes sumL2 {};
    for (int i = 0; i < kGroup; ++i) {
        codes[i] = clamp(nearestInt(inverse * x[i]), -kTop, kTop - 1);
        const FloatLanes l = toFloat(codes[i]);
        const FloatLanes w = x[i] * x[i];
        sumLx += w * x[i] * l;
        sumL2 += w * l * l;
    }
    for (int pass = 0; pass < 5; ++pass) {
        IntLanes isChanged {};
        for (int i = 0; i < kGroup; ++i) {
            const FloatLanes w = x[i] * x[i];
            const FloatLanes l = toFloat(codes[i]);
            FloatLanes restLx = sumLx - w * x[i] * l;
            FloatLanes restL2 = sumL2 - w * l * l;
            const IntLanes code = clamp(nearestInt(x[i] * restL2 / restLx), -kTop, kTop - 1);
            IntLanes isBetter = (restLx > 0.F) & (code != codes[i]);
            const FloatLanes moved = toFloat(code);
            restLx += w * x[i] * moved;
            restL2 += w * moved * moved;
            isBetter &= (restL2 > 0.F) & (restLx * restLx * sumL2 > sumLx * sumLx * restL2);
            codes[i] = select(isBetter, code, codes[i]);
            sumLx = select(isBetter, restLx, sumLx);
            sumL2 = select(isBetter, restL2, sumL2);
            isChanged |= isBetter;
        }
        if (!any(isChanged))
            break;
    }
    for (int i = 0; i < kGroup; ++i)
        codes[i] = select(isZero, IntLanes {}, codes[i] + kTop);
    return select(isZero | ~(sumL2 > 0.F), FloatLanes {}, sumLx / sumL2);
}

/// Codes 0 … 63 of the groups' scales, which may be negative, and what they are multiplied with.
QS_INLINE float plainScales(const float *scales, std::uint8_t *codes)
{
    const float peak = extremeOf<kGroups>(scales);
    if (peak == 0.F) {
        std::memset(codes, 0, kGroups);
        return 0.F;
    }
    const float inverse = -32.F / peak;
    for (int g = 0; g < kGroups; ++g)
        codes[g] = static_cast<std::uint8_t>(std::clamp(nearestInt(inverse * scales[g]), -32, 31) + 32);
    return 1.F / inverse;
}

QS_INLINE float weightedScales(const float *scales, const float *sums, std::uint8_t *codes)
{
    FloatLanes x[kGroups] {};
    FloatLanes w[kGroups] {};
    IntLanes found[kGroups];
    for (int g = 0; g < kGroups; ++g) {
        x[g][0] = scales[g];
        w[g][0] = sums[g];
    }
    const FloatLanes d = searchSymmetric<kGroups>(x, w, 32, found);
    for (int g = 0; g < kGroups; ++g)
        codes[g] = static_cast<std::uint8_t>(found[g][0]);
    return d[0];
}

QS_INLINE void packScales(const std::uint8_t *codes, std::byte *out)
{
    std::uint8_t packed[12] {};
    for (int g = 0; g < kGroups; ++g) {
        packed[g % 8] = static_cast<std::uint8_t>(packed[g % 8] | (codes[g] & 15) << (g < 8 ? 0 : 4));
        packed[8 + g % 4] = static_cast<std::uint8_t>(packed[8 + g % 4] | codes[g] >> 4 << (2 * (g / 4)));
    }
    std::memcpy(out, packed, sizeof packed);
}
QS_INLINE void unpackScales(const std::byte *in, std::uint8_t *codes)
{
    std::uint8_t packed[12];
    std::memcpy(packed, in, sizeof packed);
    for (int g = 0; g < kGroups; ++g)
        codes[g] = static_cast<std::uint8_t>((packed[g % 8] >> (g < 8 ? 0 : 4) & 15)
                                             | (packed[8 + g % 4] >> (2 * (g / 4)) & 3) << 4);
}

QS_INLINE void quantizeBlock(const float *x, const float *importance, std::byte *out)
{
    FloatLanes values[2][kGroup];
    IntLanes found[2][kGroup];
    float scales[kGroups];
    float sums[kGroups];
    const float sigma2 = importance ? 2.F * sumOfSquares(x) / kSuper : 0.F;
    for (int half = 0; half < 2; ++half) {
        FloatLanes weights[kGroup] {};
        toLanes<kGroup>(x + 128 * half, values[half]);
        if (importance)
            weigh<kGroup>(importance + 128 * half, sigma2, values[half], weights);
        const FloatLanes scale = importance
            ? searchSymmetric<kGroup>(values[half], weights, kTop, found[half])
            : searchPlain(values[half], found[half]);
        const FloatLanes sum = sumOf<kGroup>(weights);
        for (int g = 0; g < kLanes; ++g) {
            scales[kLanes * half + g] = scale[g];
            sums[kLanes * half + g] = sum[g];
        }
    }
    std::uint8_t scaleCodes[kGroups];
    const float d
        = storeHalf(importance ? weightedScales(scales, sums, scaleCodes) : plainScales(scales, scaleCodes),
                    out + kScaleAt);
    std::uint8_t codes[kSuper];
    for (int half = 0; half < 2; ++half) {
        FloatLanes scale {};
        for (int g = 0; g < kLanes; ++g)
            scale[g] = d * static_cast<float>(scaleCodes[kLanes * half + g] - 32);
        roundAgainSymmetric<kGroup>(values[half], scale, kTop, found[half]);
        fromLanes<kGroup>(found[half], codes + 128 * half);
    }
    std::uint8_t high[32] {};
    for (int part = 0; part < kSuper / 32; ++part) {
        for (int l = 0; l < 32; ++l)
            high[l] = static_cast<std::uint8_t>(high[l] | codes[32 * part + l] >> 2 << part);
    }
    std::memcpy(out, high, sizeof high);
    packPairs(codes, out + kCodesAt);
    packScales(scaleCodes, out + kScalesAt);
}

} // namespace

QS_VECTORIZE void quantizeQ3_K(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength,
                               const float *importance)
{
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t at = 0; at < rowLength; at += kSuper, x += kSuper, out += kBytes)
            quantizeBlock(x, importance ? importance + at : nullptr, out);
    }
}

QS_VECTORIZE void dequantizeQ3_K(const std::byte *in, float *out, std::int64_t elements)
{
    for (std::int64_t i = 0; i < elements; i += kSuper, in += kBytes) {
        std::uint8_t codes[kSuper];
        std::uint8_t scales[kGroups];
        unpackPairs(in + kCodesAt, codes);
        unpackScales(in + kScalesAt, scales);
        const float d = loadHalf(in + kScaleAt);
        for (int g = 0; g < kGroups; ++g) {
            const float scale = d * static_cast<float>(scales[g] - 32);
            for (int j = kGroup * g; j < kGroup * (g + 1); ++j) {
                const int high = std::to_integer<int>(in[j % 32] >> (j / 32) & std::byte {1});
                out[i + j] = scale * static_cast<float>((codes[j] | high << 2) - kTop);
            }
        }
    }
}

} // namespace qs::ggml
