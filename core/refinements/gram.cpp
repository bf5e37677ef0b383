// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/refinements/gram.h"

#include "core/tensor/vectorize.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace qs {
namespace {

constexpr double kRidge = 0.001;
constexpr double kSparseRidge = 0.1;

/// A register's worth on the widest instruction set; the compiler splits it for narrower ones.
using Lanes = float __attribute__((vector_size(Gram::kLanes * sizeof(float))));

} // namespace

QS_VECTORIZE void multiplyRows(const float *a, const float *b, float *out, std::size_t inner,
                               std::size_t stride)
{
    for (std::size_t j = 0; j < stride; j += Gram::kLanes) {
        Lanes sums[Gram::kRows] = {};
        for (std::size_t k = 0; k < inner; ++k) {
            Lanes column;
            std::memcpy(&column, b + k * stride + j, sizeof column);
            for (std::size_t r = 0; r < Gram::kRows; ++r)
                sums[r] += a[r * stride + k] * column;
        }
        for (std::size_t r = 0; r < Gram::kRows; ++r)
            std::memcpy(out + r * stride + j, &sums[r], sizeof sums[r]);
    }
}

Gram::Gram(std::size_t size)
    : m_size(size)
    , m_stride((size + kLanes - 1) / kLanes * kLanes)
    , m_values(size * m_stride)
    , m_sums(size)
{ }

void Gram::add(std::span<const float> positions)
{
    const std::size_t count = positions.size() / m_stride;
    assert(count * m_stride == positions.size());
    // Up to stride() positions at a time: their transpose has the row length that multiplyRows() wants.
    std::vector<float> rows(kRows * m_stride);
    std::vector<float> products(kRows * m_stride);
    for (std::size_t first = 0; first < count; first += m_stride) {
        const std::size_t some = std::min(m_stride, count - first);
        const float *x = positions.data() + first * m_stride;
        for (std::size_t k = 0; k < m_size; k += kRows) {
            const std::size_t used = std::min(kRows, m_size - k);
            std::fill(rows.begin(), rows.end(), 0.F);
            for (std::size_t r = 0; r < used; ++r) {
                for (std::size_t p = 0; p < some; ++p)
                    rows[r * m_stride + p] = x[p * m_stride + k + r];
            }
            multiplyRows(rows.data(), x, products.data(), some, m_stride);
            for (std::size_t r = 0; r < used; ++r) {
                float *row = m_values.data() + (k + r) * m_stride;
                for (std::size_t j = 0; j < m_size; ++j)
                    row[j] += products[r * m_stride + j];
            }
        }
        for (std::size_t p = 0; p < some; ++p) {
            for (std::size_t k = 0; k < m_size; ++k)
                m_sums[k] += static_cast<double>(x[p * m_stride + k]);
        }
    }
    m_count += count;
}

void Gram::finish(bool centred)
{
    if (m_count == 0)
        return;
    const double scale = 1.0 / static_cast<double>(m_count);
    double diagonal = 0;
    for (std::size_t i = 0; i < m_size; ++i) {
        float *row = m_values.data() + i * m_stride;
        for (std::size_t j = 0; j < m_size; ++j) {
            const double mean = centred ? m_sums[i] * scale * m_sums[j] * scale : 0;
            row[j] = static_cast<float>(static_cast<double>(row[j]) * scale - mean);
        }
        row[i] = std::max(row[i], 0.F);
        diagonal += static_cast<double>(row[i]);
    }
    const double share = std::min(1.0, static_cast<double>(m_size) / static_cast<double>(m_count));
    const double ridge = diagonal / static_cast<double>(m_size) * (kRidge + kSparseRidge * share * share);
    for (std::size_t i = 0; i < m_size; ++i)
        m_values[i * m_stride + i] += static_cast<float>(ridge);
}

} // namespace qs
