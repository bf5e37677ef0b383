// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/refinements/softrounding.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

// The stretch of the rectified sigmoid, beta's ends and its warm-up are those of the paper.
constexpr float kStretch = 1.2F;
constexpr float kOffset = -0.1F;
constexpr float kFirstBeta = 20.F;
constexpr float kLastBeta = 2.F;
constexpr float kWarmUp = 0.2F;
// The whole gradient is known at each step, so steps are larger and fewer than with batches.
constexpr float kLearningRate = 0.05F;
constexpr float kRegularizer = 0.2F;
constexpr float kMomentum = 0.9F;
constexpr float kSquareMomentum = 0.999F;
constexpr int kTurns = 4; ///< passes over all weights at the end

class SoftRounding
{
public:
    SoftRounding(const RowsToRound &rows, const Gram &gram)
        : m_rows(rows)
        , m_gram(gram)
        , m_stride(gram.stride())
        , m_errors(Gram::kRows * m_stride)
        , m_products(Gram::kRows * m_stride)
    { }

    RoundedRows run(int iterations)
    {
        RoundedRows result;
        std::vector<std::uint8_t> nearest(m_errors.size());
        for (std::size_t i = 0; i < nearest.size(); ++i)
            nearest[i] = m_rows.step[i] > 0 && m_rows.down[i] < -0.5F;
        m_nearest = rowErrors(nearest);
        std::vector<std::uint8_t> chosen = nearest;
        if (iterations > 0) {
            start();
            for (int i = 0; i < iterations; ++i)
                step(i, static_cast<float>(i) / static_cast<float>(iterations));
            for (std::size_t i = 0; i < chosen.size(); ++i)
                chosen[i] = m_rows.step[i] > 0 && opening(m_v[i]) >= 0.5F;
        }
        takeBetter(chosen, nearest);
        turn(chosen);
        const std::vector<double> errors = rowErrors(chosen);
        for (std::size_t r = 0; r < m_rows.count; ++r) {
            result.nearestError += m_nearest[r];
            result.error += errors[r];
        }
        result.up = std::move(chosen);
        return result;
    }

private:
    static float sigmoid(float v) { return 1.F / (1.F + std::exp(-v)); }
    static float opening(float v) { return std::clamp(kStretch * sigmoid(v) + kOffset, 0.F, 1.F); }

    /// d^T G d of each row; leaves d in m_errors and G d in m_products.
    std::vector<double> rowErrors(const std::vector<std::uint8_t> &up)
    {
        for (std::size_t i = 0; i < m_errors.size(); ++i)
            m_errors[i] = m_rows.down[i] + (up[i] ? m_rows.step[i] : 0.F);
        multiplyRows(m_errors.data(), m_gram.row(0), m_products.data(), m_gram.size(), m_stride);
        std::vector<double> sums(Gram::kRows);
        for (std::size_t i = 0; i < m_errors.size(); ++i)
            sums[i / m_stride] += static_cast<double>(m_errors[i]) * static_cast<double>(m_products[i]);
        return sums;
    }

    /// Every h starts where the weight is between its two integers.
    void start()
    {
        m_v.assign(m_errors.size(), 0.F);
        m_mean.assign(m_errors.size(), 0.F);
        m_square.assign(m_errors.size(), 0.F);
        for (std::size_t i = 0; i < m_v.size(); ++i) {
            const float h = std::clamp(-m_rows.down[i], 0.F, 1.F);
            const float s = (h - kOffset) / kStretch;
            m_v[i] = std::log(s / (1.F - s));
        }
    }

    void step(int iteration, float progress)
    {
        std::vector<float> openings(m_v.size());
        for (std::size_t i = 0; i < m_v.size(); ++i) {
            openings[i] = opening(m_v[i]);
            m_errors[i] = m_rows.down[i] + openings[i] * m_rows.step[i];
        }
        multiplyRows(m_errors.data(), m_gram.row(0), m_products.data(), m_gram.size(), m_stride);
        const bool warm = progress >= kWarmUp;
        const float rest = 1.F - (progress - kWarmUp) / (1.F - kWarmUp);
        const float beta = kLastBeta + (kFirstBeta - kLastBeta) * rest;
        const float meanCorrection = 1.F - std::pow(kMomentum, static_cast<float>(iteration + 1));
        const float squareCorrection = 1.F - std::pow(kSquareMomentum, static_cast<float>(iteration + 1));
        for (std::size_t r = 0; r < m_rows.count; ++r) {
            if (m_nearest[r] <= 0)
                continue;
            const float unit = static_cast<float>(static_cast<double>(m_gram.size()) / m_nearest[r]);
            for (std::size_t i = r * m_stride; i < r * m_stride + m_gram.size(); ++i) {
                if (m_rows.step[i] <= 0)
                    continue;
                float slope = 2.F * unit * m_products[i];
                const float side = 2.F * openings[i] - 1.F;
                if (warm && side != 0.F)
                    slope -= kRegularizer * 2.F * beta
                        * std::copysign(std::pow(std::abs(side), beta - 1.F), side);
                const float s = sigmoid(m_v[i]);
                const bool isOpen = openings[i] > 0.F && openings[i] < 1.F;
                const float gradient = isOpen ? slope * kStretch * s * (1.F - s) : 0.F;
                m_mean[i] += (1.F - kMomentum) * (gradient - m_mean[i]);
                m_square[i] += (1.F - kSquareMomentum) * (gradient * gradient - m_square[i]);
                m_v[i] -= kLearningRate * (m_mean[i] / meanCorrection)
                    / (std::sqrt(m_square[i] / squareCorrection) + 1e-8F);
            }
        }
    }

    void takeBetter(std::vector<std::uint8_t> &chosen, const std::vector<std::uint8_t> &other)
    {
        const std::vector<double> errors = rowErrors(chosen);
        for (std::size_t r = 0; r < Gram::kRows; ++r) {
            if (!(errors[r] <= m_nearest[r]))
                std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(r * m_stride), m_stride,
                            chosen.begin() + static_cast<std::ptrdiff_t>(r * m_stride));
        }
    }

    /// Turning weight k by t changes the error by 2 t (G d)_k + t^2 G_kk.
    void turn(std::vector<std::uint8_t> &chosen)
    {
        rowErrors(chosen);
        for (std::size_t r = 0; r < m_rows.count; ++r) {
            float *products = m_products.data() + r * m_stride;
            bool changed = true;
            for (int pass = 0; pass < kTurns && changed; ++pass) {
                changed = false;
                for (std::size_t k = 0; k < m_gram.size(); ++k) {
                    std::uint8_t &up = chosen[r * m_stride + k];
                    const float t = up ? -m_rows.step[r * m_stride + k] : m_rows.step[r * m_stride + k];
                    const float *row = m_gram.row(k);
                    const float gain = 2.F * t * products[k] + t * t * row[k];
                    if (t == 0.F || gain >= -1e-6F * row[k])
                        continue;
                    up = !up;
                    changed = true;
                    for (std::size_t j = 0; j < m_gram.size(); ++j)
                        products[j] += t * row[j];
                }
            }
        }
    }

    const RowsToRound &m_rows;
    const Gram &m_gram;
    const std::size_t m_stride;
    std::vector<float> m_errors;
    std::vector<float> m_products;
    std::vector<double> m_nearest;
    std::vector<float> m_v;
    std::vector<float> m_mean;
    std::vector<float> m_square;
};

} // namespace

RoundedRows roundSoftly(const RowsToRound &rows, const Gram &gram, int iterations)
{
    return SoftRounding(rows, gram).run(iterations);
}

} // namespace qs
