// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/blas.h"

#include "core/llm/parallel.h"

#include <mutex>

#include <cblas-openblas.h>

extern "C" {
// LAPACK's own names; OpenBLAS brings no header for them on Debian.
void dpotrf_(const char *triangle, const blasint *n, double *a, const blasint *stride, blasint *info);
void dpotri_(const char *triangle, const blasint *n, double *a, const blasint *stride, blasint *info);
}

namespace qs {
namespace {

/// OpenBLAS's number of threads is one for the whole program.
void stayOnOneThread()
{
    static std::once_flag once;
    std::call_once(once, [] { openblas_set_num_threads(1); });
}

/// Below this size OpenBLAS's threads wait for each other longer than they work, on a busy machine much
/// longer.
constexpr std::int64_t kWorthThreads = 2048;

/// Lets OpenBLAS use all cores for a matrix of \a size rows, while this lives.
class AllThreads
{
public:
    explicit AllThreads(std::int64_t size)
        : m_lock(mutex())
    {
        stayOnOneThread();
        if (size >= kWorthThreads)
            openblas_set_num_threads(threadCount());
    }
    ~AllThreads() { openblas_set_num_threads(1); }
    AllThreads(const AllThreads &) = delete;
    AllThreads &operator=(const AllThreads &) = delete;

private:
    static std::mutex &mutex()
    {
        static std::mutex one;
        return one;
    }
    std::lock_guard<std::mutex> m_lock;
};

blasint number(std::int64_t n)
{
    return static_cast<blasint>(n);
}

void gemm(CBLAS_TRANSPOSE transposeA, CBLAS_TRANSPOSE transposeB, std::int64_t inner, Panel<const float> a,
          Panel<const float> b, Panel<float> c, float scale, bool adds)
{
    stayOnOneThread();
    if (c.rows == 0 || c.cols == 0)
        return;
    cblas_sgemm(CblasRowMajor, transposeA, transposeB, number(c.rows), number(c.cols), number(inner), scale,
                a.data, number(a.stride), b.data, number(b.stride), adds ? 1.F : 0.F, c.data,
                number(c.stride));
}

} // namespace

void multiplyTransposed(Panel<const float> a, Panel<const float> b, Panel<float> c, float scale, bool adds)
{
    assert(a.cols == b.cols && c.rows == a.rows && c.cols == b.rows);
    gemm(CblasNoTrans, CblasTrans, a.cols, a, b, c, scale, adds);
}

void multiply(Panel<const float> a, Panel<const float> b, Panel<float> c, float scale, bool adds)
{
    assert(a.cols == b.rows && c.rows == a.rows && c.cols == b.cols);
    gemm(CblasNoTrans, CblasNoTrans, a.cols, a, b, c, scale, adds);
}

void multiplyFirstTransposed(Panel<const float> a, Panel<const float> b, Panel<float> c, float scale,
                             bool adds)
{
    assert(a.rows == b.rows && c.rows == a.cols && c.cols == b.cols);
    gemm(CblasTrans, CblasNoTrans, a.rows, a, b, c, scale, adds);
}

void multiply(Panel<const double> a, Panel<const double> b, Panel<double> c, double scale, bool adds)
{
    assert(a.cols == b.rows && c.rows == a.rows && c.cols == b.cols);
    stayOnOneThread();
    if (c.rows == 0 || c.cols == 0)
        return;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, number(c.rows), number(c.cols), number(a.cols),
                scale, a.data, number(a.stride), b.data, number(b.stride), adds ? 1. : 0., c.data,
                number(c.stride));
}

Status choleskyOfInverse(std::vector<double> &matrix, std::int64_t n)
{
    assert(static_cast<std::int64_t>(matrix.size()) == n * n);
    const AllThreads threads(n);
    const blasint size = number(n);
    blasint info = 0;
    // LAPACK counts by columns: its upper triangle is the lower one of these rows, and the other way round.
    // The matrix itself is symmetric, and so is its inverse; only the last factor has to come out in the
    // upper rows.
    dpotrf_("U", &size, matrix.data(), &size, &info);
    if (info == 0)
        dpotri_("U", &size, matrix.data(), &size, &info);
    if (info == 0) { // dpotri fills one triangle
        for (std::int64_t row = 0; row < n; ++row) {
            for (std::int64_t col = 0; col < row; ++col)
                matrix[static_cast<std::size_t>(col * n + row)]
                    = matrix[static_cast<std::size_t>(row * n + col)];
        }
        dpotrf_("L", &size, matrix.data(), &size, &info);
    }
    if (info != 0)
        return Error {
            ErrorCode::Runtime, {}, "the second moments of a layer's inputs are not positive definite"};
    for (std::int64_t row = 1; row < n; ++row)
        std::fill_n(matrix.data() + row * n, row, 0.0);
    return Done {};
}

} // namespace qs
