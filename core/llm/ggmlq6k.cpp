// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Q6_K: 210 bytes a super-block: 128 bytes of nibbles, 64 bytes of the two upper bits, 16 8-bit scales, half
// d.
#include "core/llm/ggmlcodecs.h"
#include "core/llm/ggmlsuperblock.h"

namespace qs::ggml {
namespace {

constexpr int kGroup = 16;
constexpr int kGroups = 16;
constexpr int kTop = 32; ///< codes are -32 … 31
constexpr int kHighAt = 128;
constexpr int kScalesAt = 192;
constexpr int kScaleAt = 208;
constexpr int kBytes = 210;

QS_INLINE void packCodes(const std::uint8_t *codes, std::byte *out)
{
    std::uint8_t low[128];
    std::uint8_t high[64];
    for (int half = 0; half < 2; ++half, codes += 128) {
        for (int l = 0; l < 64; ++l)
            low[64 * half + l] = static_cast<std::uint8_t>((codes[l] & 15) | (codes[64 + l] & 15) << 4);
        for (int l = 0; l < 32; ++l)
            high[32 * half + l] = static_cast<std::uint8_t>(
                codes[l] >> 4 | codes[32 + l] >> 4 << 2 | codes[64 + l] >> 4 << 4 | codes[96 + l] >> 4 << 6);
    }
    std::memcpy(out, low, sizeof low);
    std::memcpy(out + kHighAt, high, sizeof high);
}
QS_INLINE void unpackCodes(const std::byte *in, std::uint8_t *codes)
{
    std::uint8_t low[128];
    std::uint8_t high[64];
    std::memcpy(low, in, sizeof low);
    std::memcpy(high, in + kHighAt, sizeof high);
    for (int half = 0; half < 2; ++half, codes += 128) {
        for (int part = 0; part < 4; ++part) {
            for (int l = 0; l < 32; ++l) {
                const int nibble = low[64 * half + 32 * (part % 2) + l] >> (4 * (part / 2)) & 15;
                const int upper = high[32 * half + l] >> (2 * part) & 3;
                codes[32 * part + l] = static_cast<std::uint8_t>(nibble | upper << 4);
            }
        }
    }
}

QS_INLINE void quantizeBlock(const float *x, const float *importance, std::byte *out)
{
    FloatLanes values[2][kGroup];
    IntLanes found[2][kGroup];
    float scales[kGroups];
    for (int half = 0; half < 2; ++half) {
        FloatLanes weights[kGroup];
        toLanes<kGroup>(x + 128 * half, values[half]);
        if (importance) {
            toLanes<kGroup>(importance + 128 * half, weights);
        } else {
            for (int i = 0; i < kGroup; ++i)
                weights[i] = values[half][i] * values[half][i];
        }
        const FloatLanes scale = searchSymmetric<kGroup>(values[half], weights, kTop, found[half]);
        std::memcpy(scales + kLanes * half, &scale, sizeof scale);
    }
    const float peak = extremeOf<kGroups>(scales);
    if (std::abs(peak) < kTiny) {
        std::memset(out, 0, kBytes);
        return;
    }
    const float inverse = -128.F / peak;
    const float d = storeHalf(1.F / inverse, out + kScaleAt);
    std::uint8_t codes[kSuper];
    for (int half = 0; half < 2; ++half) {
        FloatLanes scale {};
        for (int g = 0; g < kLanes; ++g) {
            const auto code
                = static_cast<std::int8_t>(std::min(127, nearestInt(inverse * scales[kLanes * half + g])));
            out[kScalesAt + kLanes * half + g] = static_cast<std::byte>(code);
            scale[g] = d * static_cast<float>(code);
        }
        roundAgainSymmetric<kGroup>(values[half], scale, kTop, found[half]);
        fromLanes<kGroup>(found[half], codes + 128 * half);
    }
    packCodes(codes, out);
}

} // namespace

QS_VECTORIZE void quantizeQ6_K(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength,
                               const float *importance)
{
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t at = 0; at < rowLength; at += kSuper, x += kSuper, out += kBytes)
            quantizeBlock(x, importance ? importance + at : nullptr, out);
    }
}

QS_VECTORIZE void dequantizeQ6_K(const std::byte *in, float *out, std::int64_t elements)
{
    for (std::int64_t i = 0; i < elements; i += kSuper, in += kBytes) {
        std::uint8_t codes[kSuper];
        unpackCodes(in, codes);
        const float d = loadHalf(in + kScaleAt);
        for (int g = 0; g < kGroups; ++g) {
            const auto code = static_cast<std::int8_t>(in[kScalesAt + g]);
            const float scale = d * static_cast<float>(code);
            for (int j = kGroup * g; j < kGroup * (g + 1); ++j)
                out[i + j] = scale * static_cast<float>(codes[j] - kTop);
        }
    }
}

} // namespace qs::ggml
