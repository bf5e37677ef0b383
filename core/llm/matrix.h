// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <vector>

namespace qs {

/// Row-major float32. Activations have a row for each token, weights one for each output, as PyTorch has
/// them.
struct Matrix
{
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::vector<float> values;

    Matrix() = default;
    Matrix(std::int64_t rowCount, std::int64_t colCount)
        : rows(rowCount)
        , cols(colCount)
        , values(static_cast<std::size_t>(rowCount * colCount))
    { }

    float *row(std::int64_t i) { return values.data() + i * cols; }
    const float *row(std::int64_t i) const { return values.data() + i * cols; }
    std::span<float> rowSpan(std::int64_t i) { return {row(i), static_cast<std::size_t>(cols)}; }
    std::span<const float> rowSpan(std::int64_t i) const { return {row(i), static_cast<std::size_t>(cols)}; }
    bool isEmpty() const { return values.empty(); }

    /// Keeps the memory it has. The values are not set.
    void resize(std::int64_t rowCount, std::int64_t colCount)
    {
        rows = rowCount;
        cols = colCount;
        values.resize(static_cast<std::size_t>(rowCount * colCount));
    }
};

} // namespace qs
