// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/inputrounding.h"

#include "core/llm/ggmlhalf.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

/// LLM.int8 (Dettmers et al. 2022): rows of x become 8-bit integers and back, but columns with an outlier in
/// any row stay. Each row's scale is the largest magnitude outside of those columns / 127.
void roundRows(const Matrix &x, float threshold, Matrix &rounded)
{
    rounded.resize(x.rows, x.cols);
    std::vector<char> isOutlier(static_cast<std::size_t>(x.cols), 0);
    for (std::int64_t row = 0; row < x.rows; ++row) {
        for (std::int64_t col = 0; col < x.cols; ++col) {
            if (std::fabs(x.row(row)[col]) >= threshold)
                isOutlier[static_cast<std::size_t>(col)] = 1;
        }
    }
    for (std::int64_t row = 0; row < x.rows; ++row) {
        const float *from = x.row(row);
        float *to = rounded.row(row);
        float largest = 0;
        for (std::int64_t col = 0; col < x.cols; ++col) {
            if (!isOutlier[static_cast<std::size_t>(col)])
                largest = std::max(largest, std::fabs(from[col]));
        }
        const float scale = largest > 0 ? 127.F / largest : 0.F;
        for (std::int64_t col = 0; col < x.cols; ++col)
            to[col] = isOutlier[static_cast<std::size_t>(col)]
                ? from[col]
                : std::nearbyint(from[col] * scale) * (largest / 127.F);
    }
}

/// ggml's Q8_0: a scale of the largest magnitude / 127, stored as a half, but used in full to round.
void roundBlock32(std::span<const float> from, float *to)
{
    float largest = 0;
    for (const float value : from)
        largest = std::max(largest, std::fabs(value));
    const float inverse = largest > 0 ? 127.F / largest : 0.F;
    const float scale = floatFromHalf(halfFromFloat(largest / 127.F));
    for (std::size_t i = 0; i < from.size(); ++i)
        to[i] = std::nearbyint(from[i] * inverse) * scale;
}

/// ggml's Q8_K: the value of the largest magnitude becomes -127, whatever its sign.
void roundBlock256(std::span<const float> from, float *to)
{
    float largest = 0;
    for (const float value : from)
        largest = std::fabs(value) > std::fabs(largest) ? value : largest;
    const float inverse = largest != 0 ? -127.F / largest : 0.F;
    const float scale = largest != 0 ? 1.F / inverse : 0.F;
    for (std::size_t i = 0; i < from.size(); ++i)
        to[i] = std::min(std::nearbyint(from[i] * inverse), 127.F) * scale;
}

void roundBlocks(const Matrix &x, std::int64_t size, Matrix &rounded)
{
    rounded.resize(x.rows, x.cols);
    for (std::int64_t row = 0; row < x.rows; ++row) {
        for (std::int64_t col = 0; col < x.cols; col += size) {
            const auto count = static_cast<std::size_t>(std::min(size, x.cols - col));
            const std::span from(x.row(row) + col, count);
            size > 32 ? roundBlock256(from, rounded.row(row) + col)
                      : roundBlock32(from, rounded.row(row) + col);
        }
    }
}

} // namespace

const Matrix &roundedInputs(const Linear &linear, const Matrix &x, Matrix &scratch)
{
    if (linear.int8Threshold > 0)
        roundRows(x, linear.int8Threshold, scratch);
    else if (linear.inputBlock > 0)
        roundBlocks(x, linear.inputBlock, scratch);
    else
        return x;
    return scratch;
}

std::int64_t inputBlockOf(const GgmlTraits &type)
{
    return type.isQuantized ? type.blockElements : 0;
}

} // namespace qs
