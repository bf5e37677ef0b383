// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// F32, F16, BF16: a number each, no blocks.
#include "core/llm/ggmlcodecs.h"
#include "core/llm/ggmlhalf.h"

#include <algorithm>

namespace qs::ggml {
namespace {

constexpr std::int64_t kBlock = kVectorBlock;

template <std::uint16_t (*kRound)(float)> QS_INLINE void roundBlock(const float *__restrict x, std::byte *out)
{
    std::uint16_t rounded[kBlock];
    for (std::int64_t i = 0; i < kBlock; ++i)
        rounded[i] = kRound(x[i]);
    std::memcpy(out, rounded, sizeof rounded);
}

template <std::uint16_t (*kRound)(float)>
QS_INLINE void roundAll(const float *x, std::byte *out, std::int64_t size)
{
    std::int64_t i = 0;
    for (; i + kBlock <= size; i += kBlock)
        roundBlock<kRound>(x + i, out + 2 * i);
    for (; i < size; ++i) {
        const std::uint16_t rounded = kRound(x[i]);
        std::memcpy(out + 2 * i, &rounded, sizeof rounded);
    }
}

template <float (*kWiden)(std::uint16_t)>
QS_INLINE void widenBlock(const std::byte *in, float *__restrict out)
{
    std::uint16_t stored[kBlock];
    std::memcpy(stored, in, sizeof stored);
    for (std::int64_t i = 0; i < kBlock; ++i)
        out[i] = kWiden(stored[i]);
}

template <float (*kWiden)(std::uint16_t)>
QS_INLINE void widenAll(const std::byte *in, float *out, std::int64_t size)
{
    std::int64_t i = 0;
    for (; i + kBlock <= size; i += kBlock)
        widenBlock<kWiden>(in + 2 * i, out + i);
    for (; i < size; ++i) {
        std::uint16_t stored = 0;
        std::memcpy(&stored, in + 2 * i, sizeof stored);
        out[i] = kWiden(stored);
    }
}

QS_VECTORIZE void toHalves(const float *x, std::byte *out, std::int64_t size)
{
    roundAll<halfFromFloat>(x, out, size);
}
QS_VECTORIZE void fromHalves(const std::byte *in, float *out, std::int64_t size)
{
    widenAll<floatFromHalf>(in, out, size);
}
QS_VECTORIZE void toBfloats(const float *x, std::byte *out, std::int64_t size)
{
    roundAll<bfloatFromFloat>(x, out, size);
}
QS_VECTORIZE void fromBfloats(const std::byte *in, float *out, std::int64_t size)
{
    widenAll<floatFromBfloat>(in, out, size);
}

} // namespace

void quantizeF32(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength, const float *)
{
    std::memcpy(out, x, static_cast<std::size_t>(rows * rowLength) * sizeof(float));
}
void dequantizeF32(const std::byte *in, float *out, std::int64_t elements)
{
    std::memcpy(out, in, static_cast<std::size_t>(elements) * sizeof(float));
}

void quantizeF16(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength, const float *)
{
    toHalves(x, out, rows * rowLength);
}
void dequantizeF16(const std::byte *in, float *out, std::int64_t elements)
{
    fromHalves(in, out, elements);
}

void quantizeBF16(const float *x, std::byte *out, std::int64_t rows, std::int64_t rowLength, const float *)
{
    toBfloats(x, out, rows * rowLength);
}
void dequantizeBF16(const std::byte *in, float *out, std::int64_t elements)
{
    fromBfloats(in, out, elements);
}

} // namespace qs::ggml
