// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/groupedweights.h"

/// GPTQ (Frantar et al. 2022): columns are rounded one after another, and what rounding one does wrong is
/// taken back in those that are still to come, as far as the inputs' second moments allow.
namespace qs {

struct GptqOptions
{
    GroupScheme scheme;
    double damping = 0.01; ///< share of the mean of the diagonal that is added to it; below 1
    bool usesActOrder = false; ///< columns with the largest inputs first ("desc_act")
    bool hasStaticGroups = false; ///< groups of neighbours even so, with scales of the original weights
    bool searchesScales = false; ///< of each group by its error ("mse")
    std::int64_t blockSize = 128; ///< columns after which the rest is brought up to date
};

/// Sum of x x^T over inputs, the second moments GPTQ needs.
class SecondMoments
{
public:
    explicit SecondMoments(std::int64_t size);

    /// Adds the rows of \a inputs [tokens, size]. On all cores.
    void add(const Matrix &inputs);
    std::int64_t size() const { return m_size; }
    std::int64_t tokens() const { return m_tokens; }
    /// Element of the lower triangle, \a row >= \a col.
    double at(std::int64_t row, std::int64_t col) const
    {
        return m_sums[static_cast<std::size_t>(row * m_size + col)];
    }

private:
    std::int64_t m_size;
    std::int64_t m_tokens = 0;
    std::vector<double> m_sums; ///< lower triangle of [size][size], in tiles up to the diagonal's
};

/// What all Linears with the same inputs share.
struct GptqFactor
{
    std::vector<std::int64_t> order; ///< column in place k
    std::vector<char> isDead; ///< [in]: inputs that are always 0
    std::vector<double> upper; ///< [in][in], U of inverse = U^T U, in the new order
    double damping = 0; ///< that was needed: more than asked for where the factorization failed
};
Result<GptqFactor> factorize(const SecondMoments &moments, const GptqOptions &options);

struct GptqResult
{
    GroupedWeights weights;
    double loss = 0; ///< sum of e^2 / 2 over all weights: the error in the outputs, up to a factor
};
/// Codes of \a weight [out, in]. On all cores. With groups smaller than a block, scales come from weights as
/// they were at the start of the block, as in the reference.
GptqResult quantizeGptq(const Matrix &weight, const GptqFactor &factor, const GptqOptions &options);

} // namespace qs
