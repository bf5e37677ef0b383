// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/gptq.h"

#include "core/llm/blas.h"
#include "core/llm/parallel.h"

#include <mutex>
#include <numeric>

namespace qs {
namespace {

constexpr std::int64_t kTile = 128; ///< columns of the second moments that a thread adds up at a time
constexpr std::int64_t kRows = 32; ///< rows of a weight that a thread takes at a time
constexpr double kDampingStep = 0.01; ///< GPTQModel's damp_auto_increment

/// The rows [first, first + rows) of one weight, from start to end.
class RowJob
{
public:
    RowJob(const Matrix &weight, const GptqFactor &factor, const GptqOptions &options, GroupedWeights &result,
           std::int64_t first)
        : m_factor(factor)
        , m_options(options)
        , m_result(result)
        , m_first(first)
        , m_rows(std::min(kRows, weight.rows - first))
        , m_in(weight.cols)
        , m_weights(static_cast<std::size_t>(m_rows * m_in))
    {
        for (std::int64_t row = 0; row < m_rows; ++row) {
            for (std::int64_t k = 0; k < m_in; ++k) {
                const std::int64_t column = factor.order[static_cast<std::size_t>(k)];
                const bool isDead = factor.isDead[static_cast<std::size_t>(column)] != 0;
                at(row, k) = isDead ? 0 : double(weight.row(first + row)[column]);
            }
        }
        if (options.usesActOrder && options.hasStaticGroups)
            chooseStatic(weight);
    }

    double run()
    {
        double loss = 0;
        std::vector<double> errors;
        for (std::int64_t begin = 0; begin < m_in; begin += m_options.blockSize) {
            const std::int64_t end = std::min(begin + m_options.blockSize, m_in);
            const std::int64_t width = end - begin;
            errors.assign(static_cast<std::size_t>(m_rows * width), 0);
            for (std::int64_t row = 0; row < m_rows; ++row)
                loss += quantizeBlock(row, begin, end, errors.data() + row * width);
            multiply({errors.data(), m_rows, width, width}, {upperRow(begin) + end, width, m_in - end, m_in},
                     {m_weights.data() + end, m_rows, m_in - end, m_in}, -1, true);
        }
        return loss;
    }

private:
    double &at(std::int64_t row, std::int64_t k)
    {
        return m_weights[static_cast<std::size_t>(row * m_in + k)];
    }
    const double *upperRow(std::int64_t k) const { return m_factor.upper.data() + k * m_in; }

    GroupParams choose(std::span<const float> weights) const
    {
        return m_options.searchesScales ? gptqParamsByError(weights, m_options.scheme)
                                        : gptqParams(weights, m_options.scheme);
    }
    void setParams(std::int64_t row, std::int64_t group, GroupParams params)
    {
        m_result.scales.row(m_first + row)[group] = params.scale;
        m_result.zeros.row(m_first + row)[group] = params.zero;
    }
    GroupParams paramsOf(std::int64_t row, std::int64_t group) const
    {
        return {m_result.scales.row(m_first + row)[group], m_result.zeros.row(m_first + row)[group]};
    }

    void chooseStatic(const Matrix &weight)
    {
        const std::int64_t size = m_options.scheme.sizeFor(m_in);
        std::vector<float> part;
        for (std::int64_t row = 0; row < m_rows; ++row) {
            for (std::int64_t first = 0; first < m_in; first += size) {
                part.clear();
                for (std::int64_t i = first; i < std::min(first + size, m_in); ++i)
                    part.push_back(
                        m_factor.isDead[static_cast<std::size_t>(i)] ? 0.F : weight.row(m_first + row)[i]);
                setParams(row, first / size, choose(part));
            }
        }
    }

    /// Columns [begin, end) of one row; fills \a errors and returns the loss.
    double quantizeBlock(std::int64_t row, std::int64_t begin, std::int64_t end, double *errors)
    {
        const GroupScheme &scheme = m_options.scheme;
        const std::int64_t size = scheme.sizeFor(m_in);
        const bool isStatic = m_options.usesActOrder && m_options.hasStaticGroups;
        std::vector<double> local(m_weights.begin() + row * m_in + begin,
                                  m_weights.begin() + row * m_in + end);
        std::vector<float> part;
        double loss = 0;
        for (std::int64_t k = begin; k < end; ++k) {
            const std::int64_t column = m_factor.order[static_cast<std::size_t>(k)];
            const std::int64_t group = isStatic ? column / size : k / size;
            if (!isStatic && k % size == 0) {
                // From the weights at the start of the block, as the reference does it.
                part.assign(m_weights.begin() + row * m_in + k,
                            m_weights.begin() + row * m_in + std::min(k + size, m_in));
                setParams(row, group, choose(part));
            }
            const GroupParams params = paramsOf(row, group);
            const double weight = local[static_cast<std::size_t>(k - begin)];
            const std::uint8_t code = codeOf(static_cast<float>(weight), params, scheme.maxCode());
            m_result.codes[static_cast<std::size_t>((m_first + row) * m_in + column)] = code;
            const double value = (double(code) - double(params.zero)) * double(params.scale);
            const double *upper = upperRow(k);
            const double error = (weight - value) / upper[k];
            loss += error * error / 2;
            errors[k - begin] = error;
            for (std::int64_t j = k + 1; j < end; ++j)
                local[static_cast<std::size_t>(j - begin)] -= error * upper[j];
        }
        return loss;
    }

    const GptqFactor &m_factor;
    const GptqOptions &m_options;
    GroupedWeights &m_result;
    std::int64_t m_first;
    std::int64_t m_rows;
    std::int64_t m_in;
    std::vector<double> m_weights; ///< [rows][in] in the factor's order
};

} // namespace

SecondMoments::SecondMoments(std::int64_t size)
    : m_size(size)
    , m_sums(static_cast<std::size_t>(size * size))
{ }

void SecondMoments::add(const Matrix &inputs)
{
    assert(inputs.cols == m_size);
    m_tokens += inputs.rows;
    parallelFor(static_cast<std::size_t>((m_size + kTile - 1) / kTile), [&](std::size_t tile) {
        // Rows of the lower triangle: columns [0, end) of rows [first, end).
        const std::int64_t first = static_cast<std::int64_t>(tile) * kTile;
        const std::int64_t end = std::min(first + kTile, m_size);
        Matrix part(end - first, end);
        multiplyFirstTransposed({inputs.values.data() + first, inputs.rows, end - first, m_size},
                                {inputs.values.data(), inputs.rows, end, m_size}, panelOf(part));
        for (std::int64_t row = first; row < end; ++row) {
            double *sums = m_sums.data() + row * m_size;
            const float *values = part.row(row - first);
            for (std::int64_t col = 0; col <= row; ++col)
                sums[col] += double(values[col]);
        }
    });
}

Result<GptqFactor> factorize(const SecondMoments &moments, const GptqOptions &options)
{
    const std::int64_t n = moments.size();
    if (moments.tokens() == 0)
        return Error {ErrorCode::InvalidArgument, {}, "no calibration data"};
    GptqFactor factor;
    factor.order.resize(static_cast<std::size_t>(n));
    std::iota(factor.order.begin(), factor.order.end(), std::int64_t {0});
    std::vector<double> diagonal(static_cast<std::size_t>(n));
    double mean = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        double &value = diagonal[static_cast<std::size_t>(i)];
        value = moments.at(i, i);
        if (!std::isfinite(value))
            return Error {ErrorCode::Runtime, {}, "the inputs of a layer are no numbers"};
        factor.isDead.push_back(value == 0 ? 1 : 0);
        value = value == 0 ? 1 : value;
        mean += value / double(n);
    }
    if (options.usesActOrder) {
        std::stable_sort(factor.order.begin(), factor.order.end(), [&](std::int64_t a, std::int64_t b) {
            return diagonal[static_cast<std::size_t>(a)] > diagonal[static_cast<std::size_t>(b)];
        });
    }
    for (factor.damping = options.damping; factor.damping < 1; factor.damping += kDampingStep) {
        factor.upper.resize(static_cast<std::size_t>(n * n));
        for (std::int64_t row = 0; row < n; ++row) {
            for (std::int64_t col = 0; col < n; ++col) {
                const std::int64_t a = factor.order[static_cast<std::size_t>(row)];
                const std::int64_t b = factor.order[static_cast<std::size_t>(col)];
                factor.upper[static_cast<std::size_t>(row * n + col)] = a == b
                    ? diagonal[static_cast<std::size_t>(a)] + factor.damping * mean
                    : moments.at(std::max(a, b), std::min(a, b));
            }
        }
        if (choleskyOfInverse(factor.upper, n).ok())
            return factor;
    }
    return Error {
        ErrorCode::Runtime,
        {},
        "the second moments of a layer's inputs stay singular however much is added to the diagonal"};
}

GptqResult quantizeGptq(const Matrix &weight, const GptqFactor &factor, const GptqOptions &options)
{
    assert(weight.cols == static_cast<std::int64_t>(factor.order.size()));
    GptqResult result {GroupedWeights(options.scheme, weight.rows, weight.cols), 0};
    std::vector<double> losses(static_cast<std::size_t>((weight.rows + kRows - 1) / kRows));
    parallelFor(losses.size(), [&](std::size_t i) {
        RowJob job(weight, factor, options, result.weights, static_cast<std::int64_t>(i) * kRows);
        losses[i] = job.run();
    });
    result.loss = std::accumulate(losses.begin(), losses.end(), 0.0);
    if (options.usesActOrder && !options.hasStaticGroups) {
        const std::int64_t size = options.scheme.sizeFor(weight.cols);
        for (std::int64_t k = 0; k < weight.cols; ++k)
            result.weights.groupOf[static_cast<std::size_t>(factor.order[static_cast<std::size_t>(k)])]
                = static_cast<std::int32_t>(k / size);
    }
    return result;
}

} // namespace qs
