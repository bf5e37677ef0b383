// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/llm/matrix.h"

#include <type_traits>

/// Matrix products by OpenBLAS. The library itself stays on the calling thread, so that the caller can run
/// many products at a time; only choleskyInverse() lets it use all cores.
namespace qs {

/// Rows of a matrix that lies inside a larger one.
template <typename T> struct Panel
{
    T *data = nullptr;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t stride = 0; ///< elements from row to row

    Panel() = default;
    Panel(T *first, std::int64_t rowCount, std::int64_t colCount, std::int64_t rowStride)
        : data(first)
        , rows(rowCount)
        , cols(colCount)
        , stride(rowStride)
    { }
    template <typename U>
    requires(std::is_const_v<T> &&std::is_same_v<U, std::remove_const_t<T>>) Panel(const Panel<U> &other)
        : Panel(other.data, other.rows, other.cols, other.stride)
    { }
};
inline Panel<const float> panelOf(const Matrix &matrix)
{
    return {matrix.values.data(), matrix.rows, matrix.cols, matrix.cols};
}
inline Panel<float> panelOf(Matrix &matrix)
{
    return {matrix.values.data(), matrix.rows, matrix.cols, matrix.cols};
}
/// \a count rows from \a first on.
inline Panel<const float> rowsOf(const Matrix &matrix, std::int64_t first, std::int64_t count)
{
    return {matrix.row(first), count, matrix.cols, matrix.cols};
}
inline Panel<float> rowsOf(Matrix &matrix, std::int64_t first, std::int64_t count)
{
    return {matrix.row(first), count, matrix.cols, matrix.cols};
}

/// c = scale * a b^T (+ c when \a adds): what a Linear does, b its weight.
void multiplyTransposed(Panel<const float> a, Panel<const float> b, Panel<float> c, float scale = 1,
                        bool adds = false);
/// c = scale * a b (+ c).
void multiply(Panel<const float> a, Panel<const float> b, Panel<float> c, float scale = 1, bool adds = false);
/// c = scale * a^T b (+ c): second moments of columns.
void multiplyFirstTransposed(Panel<const float> a, Panel<const float> b, Panel<float> c, float scale = 1,
                             bool adds = false);
/// The same in double: c = scale * a b (+ c).
void multiply(Panel<const double> a, Panel<const double> b, Panel<double> c, double scale, bool adds);

/// Replaces the symmetric positive definite \a matrix (n x n, row-major) by the upper factor U with
/// matrix^-1 = U^T U; what is below the diagonal becomes 0. Runtime error when it is not positive definite.
Status choleskyOfInverse(std::vector<double> &matrix, std::int64_t n);

} // namespace qs
