// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/moments.h"

#include "core/tensor/vectorize.h"

#include <cmath>
#include <cstring>

namespace qs {
namespace {

// Vectors of a fixed number of lanes: narrower machines split them, the sums stay the same.
using Floats __attribute__((vector_size(32))) = float;
using Doubles __attribute__((vector_size(64))) = double;
constexpr std::size_t kLanes = 8;

struct Sums
{
    Doubles sum {};
    Doubles squares {};
};

QS_INLINE void addLanes(Sums &sums, const float *x)
{
    Floats narrow;
    std::memcpy(&narrow, x, sizeof narrow);
    const Doubles wide = __builtin_convertvector(narrow, Doubles);
    sums.sum += wide;
    sums.squares += wide * wide;
}

/// \a size is a multiple of kVectorBlock.
QS_VECTORIZE void sumBlocks(const float *x, std::size_t size, Moments *moments)
{
    Sums even;
    Sums odd;
    for (std::size_t i = 0; i < size; i += 2 * kLanes) {
        addLanes(even, x + i);
        addLanes(odd, x + i + kLanes);
    }
    even.sum += odd.sum;
    even.squares += odd.squares;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        moments->sum += even.sum[lane];
        moments->sumOfSquares += even.squares[lane];
    }
}

} // namespace

Moments momentsOf(std::span<const float> x, bool allFinite)
{
    Moments moments;
    const std::size_t whole = allFinite ? x.size() / kVectorBlock * kVectorBlock : 0;
    sumBlocks(x.data(), whole, &moments);
    for (const float v : x.subspan(whole)) {
        if (allFinite || std::isfinite(v)) {
            moments.sum += double(v);
            moments.sumOfSquares += double(v) * double(v);
        }
    }
    return moments;
}

} // namespace qs
