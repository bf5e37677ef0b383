// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/hqq.h"

#include "core/llm/parallel.h"

#include <limits>

namespace qs {
namespace {

/// What |x| has to be moved by to lessen beta/2 (x - e)^2 + |e|^p: the generalized soft threshold of the
/// paper, e = sign(x) max(|x| - |x|^(p-1) / beta, 0).
float shrink(float x, float beta, float norm)
{
    const float size = std::fabs(x);
    if (size == 0)
        return 0;
    return std::copysign(std::max(size - std::pow(size, norm - 1) / beta, 0.F), x);
}

class Group
{
public:
    Group(std::span<const float> weights, const GroupScheme &scheme, const HqqOptions &options)
        : m_weights(weights)
        , m_maxCode(scheme.maxCode())
        , m_options(options)
        , m_params(awqParams(weights, scheme))
    {
        if (!options.hasWholeZeros) {
            const float low = *std::min_element(weights.begin(), weights.end());
            m_params.zero = -low / m_params.scale;
        }
    }

    GroupParams solve() const
    {
        GroupParams best = m_params;
        float least = error(best);
        GroupParams current = m_params;
        auto beta = static_cast<float>(m_options.beta);
        for (int step = 0; step < m_options.steps; ++step) {
            // Given the codes, the zero that fits the weights without their outliers best is a mean.
            float sum = 0;
            for (const float weight : m_weights) {
                const float code = codeFor(weight, current);
                const float value = (code - current.zero) * current.scale;
                const float outlier = shrink(weight - value, beta, static_cast<float>(m_options.norm));
                sum += code - (weight - outlier) / current.scale;
            }
            const float zero = sum / static_cast<float>(m_weights.size());
            current.zero = m_options.hasWholeZeros
                ? std::clamp(std::nearbyint(zero), 0.F, static_cast<float>(m_maxCode))
                : zero;
            beta *= static_cast<float>(m_options.kappa);
            const float now = error(current);
            if (now >= least)
                break;
            least = now;
            best = current;
        }
        return best;
    }

    float codeFor(float weight, GroupParams params) const
    {
        return std::clamp(std::nearbyint(weight / params.scale + params.zero), 0.F,
                          static_cast<float>(m_maxCode));
    }

private:
    float error(GroupParams params) const
    {
        float sum = 0;
        for (const float weight : m_weights)
            sum += std::pow(std::fabs(weight - (codeFor(weight, params) - params.zero) * params.scale),
                            static_cast<float>(m_options.norm));
        return sum;
    }

    std::span<const float> m_weights;
    std::int64_t m_maxCode;
    const HqqOptions &m_options;
    GroupParams m_params;
};

} // namespace

GroupedWeights quantizeHqq(const Matrix &weight, const GroupScheme &scheme, const HqqOptions &options)
{
    GroupedWeights result(scheme, weight.rows, weight.cols);
    const std::int64_t size = scheme.sizeFor(weight.cols);
    parallelFor(static_cast<std::size_t>(weight.rows), [&](std::size_t index) {
        const auto row = static_cast<std::int64_t>(index);
        std::uint8_t *codes = result.codes.data() + row * weight.cols;
        for (std::int64_t group = 0; group < result.scales.cols; ++group) {
            const std::int64_t first = group * size;
            const std::span<const float> part
                = weight.rowSpan(row).subspan(static_cast<std::size_t>(first),
                                              static_cast<std::size_t>(std::min(size, weight.cols - first)));
            const Group solver(part, scheme, options);
            const GroupParams params = solver.solve();
            result.scales.row(row)[group] = params.scale;
            result.zeros.row(row)[group] = params.zero;
            for (std::size_t i = 0; i < part.size(); ++i)
                codes[first + static_cast<std::int64_t>(i)]
                    = static_cast<std::uint8_t>(solver.codeFor(part[i], params));
        }
    });
    return result;
}

} // namespace qs
