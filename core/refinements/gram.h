// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace qs {

/// The second moments of what the rows of a weight are multiplied with: X X^T over positions X of a layer's
/// input, K numbers each. All the reconstruction error of a layer needs: for an error d of a row's weights,
/// the outputs' squared error is d^T (X X^T) d.
class Gram
{
public:
    static constexpr std::size_t kLanes = 16;
    static constexpr std::size_t kRows = 8;

    Gram() = default;
    explicit Gram(std::size_t size);

    std::size_t size() const { return m_size; }
    /// Row length: size() rounded up to kLanes; what is beyond size() is 0.
    std::size_t stride() const { return m_stride; }
    std::size_t count() const { return m_count; }
    const float *row(std::size_t k) const { return m_values.data() + k * m_stride; }

    /// Adds \a positions, each stride() numbers long and 0 beyond size().
    void add(std::span<const float> positions);
    /// Divides by the number of positions, takes the mean out where \a centred (a bias makes up for it), and
    /// adds to the diagonal what so few positions cannot tell: a thousandth of its mean, up to a tenth more
    /// when there are fewer positions than numbers.
    void finish(bool centred);

private:
    std::size_t m_size = 0;
    std::size_t m_stride = 0;
    std::size_t m_count = 0;
    std::vector<float> m_values;
    std::vector<double> m_sums;
};

/// out[r][j] = sum over k of a[r][k] * b[k][j] for Gram::kRows rows; \a stride is that of all three and a
/// multiple of Gram::kLanes, \a inner the number of k.
void multiplyRows(const float *a, const float *b, float *out, std::size_t inner, std::size_t stride);

} // namespace qs
