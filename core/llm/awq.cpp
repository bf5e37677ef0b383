// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/awq.h"

#include "core/llm/blas.h"
#include "core/llm/floatmath.h"
#include "core/llm/parallel.h"

#include <limits>
#include <numeric>

namespace qs {
namespace {

constexpr std::int64_t kRows = 64; ///< rows of a weight that a thread clips at a time

std::span<const float> groupOf(std::span<const float> row, std::int64_t first, std::int64_t size)
{
    const auto begin = static_cast<std::size_t>(first);
    return row.subspan(begin, std::min(static_cast<std::size_t>(size), row.size() - begin));
}

GroupParams halfParams(std::span<const float> weights, const GroupScheme &scheme)
{
    GroupParams params = awqParams(weights, scheme);
    const float low = *std::min_element(weights.begin(), weights.end());
    params.zero = std::clamp(-std::nearbyint(roundToHalf(low / params.scale)), 0.F,
                             static_cast<float>(scheme.maxCode()));
    return params;
}

void multiplyColumns(Matrix &weight, std::span<const float> scale)
{
    for (std::int64_t row = 0; row < weight.rows; ++row) {
        float *values = weight.row(row);
        for (std::size_t i = 0; i < scale.size(); ++i)
            values[i] *= scale[i];
    }
}

void divideColumns(Matrix &matrix, std::span<const float> scale)
{
    for (std::int64_t row = 0; row < matrix.rows; ++row) {
        float *values = matrix.row(row);
        for (std::size_t i = 0; i < scale.size(); ++i)
            values[i] /= scale[i];
    }
}

/// Divides the last rows of a Linear, as many as \a scale has entries, and their bias.
void divideRows(Linear &linear, std::span<const float> scale)
{
    const std::int64_t first = linear.weight.rows - static_cast<std::int64_t>(scale.size());
    for (std::size_t i = 0; i < scale.size(); ++i) {
        for (float &value : linear.weight.rowSpan(first + static_cast<std::int64_t>(i)))
            value /= scale[i];
        if (!linear.bias.empty())
            linear.bias[static_cast<std::size_t>(first) + i] /= scale[i];
    }
}

/// Q(w s) / s: what the Linear computes with rounded weights when its inputs are divided by s.
Matrix rounded(const Matrix &weight, std::span<const float> scale, const GroupScheme &scheme)
{
    Matrix scaled = weight;
    multiplyColumns(scaled, scale);
    Matrix result = dequantize(roundAwq(scaled, scheme));
    divideColumns(result, scale);
    return result;
}

std::vector<float> meanMagnitudes(std::span<const Matrix> inputs)
{
    std::vector<double> sums(static_cast<std::size_t>(inputs.front().cols));
    std::int64_t count = 0;
    for (const Matrix &input : inputs) {
        count += input.rows;
        for (std::int64_t row = 0; row < input.rows; ++row) {
            for (std::size_t i = 0; i < sums.size(); ++i)
                sums[i] += std::fabs(double(input.row(row)[i]));
        }
    }
    std::vector<float> means;
    for (const double sum : sums)
        means.push_back(static_cast<float>(sum / double(count)));
    return means;
}

/// Linears with the same inputs, what makes these inputs, and what their rounding is judged by.
struct ScaleGroup
{
    InputPoint point;
    std::vector<LinearRole> roles;
    std::vector<float> *norm = nullptr; ///< that is divided, or
    std::optional<LinearRole> previous; ///< the Linear whose last rows are
    std::vector<float> scale = {}; ///< that was found
};

class BlockSearch
{
public:
    BlockSearch(const LlmConfig &config, const RopeTable &rope, Block &block, std::span<const Matrix> windows,
                const AwqOptions &options, JobContext &job, int threads)
        : m_config(config)
        , m_rope(rope)
        , m_block(block)
        , m_windows(windows)
        , m_options(options)
        , m_job(job)
        , m_threads(threads)
    { }

    std::vector<AwqGroupReport> run()
    {
        std::vector<AwqGroupReport> reports;
        std::vector<ScaleGroup> all = m_options.scales ? groups() : std::vector<ScaleGroup>();
        // All searches see the block as it was, and the inputs of one point are in memory at a time.
        for (int i = 0; i < kInputPoints; ++i) {
            const auto point = static_cast<InputPoint>(i);
            const auto group = std::find_if(all.begin(), all.end(),
                                            [&](const ScaleGroup &one) { return one.point == point; });
            if (group == all.end() && !m_options.clips)
                continue;
            capture(point);
            if (group != all.end()) {
                AwqGroupReport report {point};
                group->scale = search(*group, report);
                reports.push_back(report);
            }
            if (m_options.clips)
                m_samples[static_cast<std::size_t>(i)] = sampleOfInputs();
        }
        m_inputs = {};
        for (const ScaleGroup &group : all)
            fold(group);
        if (m_options.clips)
            clipAll();
        return reports;
    }

private:
    /// What the Linears at \a point get, by window.
    void capture(InputPoint point)
    {
        m_inputs = {}; // before the next ones are made
        m_inputs.resize(m_windows.size());
        parallelFor(
            m_windows.size(),
            [&](std::size_t i) {
                m_job.throwIfStopped();
                BlockScratch scratch;
                Matrix &all = m_inputs[i];
                captureInputs(
                    m_config, m_rope, m_block, m_windows[i], point, scratch,
                    [&](InputPoint, const Matrix &input) {
                        all.cols = input.cols;
                        all.values.reserve(static_cast<std::size_t>(m_windows[i].rows * input.cols));
                        all.rows += input.rows;
                        all.values.insert(all.values.end(), input.values.begin(), input.values.end());
                    });
            },
            m_threads);
    }

    /// Some tokens, spread over all windows, by which clip limits are judged.
    Matrix sampleOfInputs() const
    {
        std::int64_t tokens = 0;
        for (const Matrix &input : m_inputs)
            tokens += input.rows;
        const std::int64_t step = std::max<std::int64_t>(tokens / m_options.clipTokens, 1);
        Matrix sample(0, m_inputs.front().cols);
        std::int64_t token = 0;
        for (const Matrix &input : m_inputs) {
            for (std::int64_t row = 0; row < input.rows; ++row, ++token) {
                if (token % step == 0) {
                    const auto values = input.rowSpan(row);
                    sample.values.insert(sample.values.end(), values.begin(), values.end());
                    ++sample.rows;
                }
            }
        }
        return sample;
    }

    std::vector<ScaleGroup> groups()
    {
        const bool isFused = m_config.hasFusedProjections;
        std::vector<ScaleGroup> list;
        ScaleGroup attention {InputPoint::Attention, {}, &m_block.inputNorm, {}};
        ScaleGroup mlp {
            InputPoint::Mlp, {}, m_config.isGemma ? &m_block.preMlpNorm : &m_block.postAttentionNorm, {}};
        if (isFused) {
            attention.roles = {LinearRole::Qkv};
            mlp.roles = {LinearRole::GateUp};
        } else {
            attention.roles = {LinearRole::Query, LinearRole::Key, LinearRole::Value};
            mlp.roles = {LinearRole::Gate, LinearRole::Up};
        }
        list.push_back(attention);
        // Heads that share a value cannot have scales of their own.
        if (m_config.heads == m_config.kvHeads)
            list.push_back({InputPoint::Output,
                            {LinearRole::Output},
                            nullptr,
                            isFused ? LinearRole::Qkv : LinearRole::Value});
        list.push_back(mlp);
        list.push_back(
            {InputPoint::Down, {LinearRole::Down}, nullptr, isFused ? LinearRole::GateUp : LinearRole::Up});
        // Scales go into a group's Linears and what comes before it: none of these may be one that stays.
        std::erase_if(list, [&](const ScaleGroup &group) {
            return m_options.skipped.contains(group.roles.front())
                || (group.previous && m_options.skipped.contains(*group.previous));
        });
        return list;
    }

    /// What the rounding of the Linears at \a point is judged by.
    void runPart(InputPoint point, const Matrix &input, Matrix &output, BlockScratch &scratch) const
    {
        switch (point) {
        case InputPoint::Attention:
            runAttention(m_config, m_rope, m_block, input, output, scratch);
            break;
        case InputPoint::Output:
            applyLinear(m_block.linears.at(LinearRole::Output), input, output, scratch.rounded);
            break;
        case InputPoint::Mlp:
            runMlp(m_config, m_block, input, output, scratch);
            break;
        case InputPoint::Down:
            applyLinear(m_block.linears.at(LinearRole::Down), input, output, scratch.rounded);
            break;
        }
    }

    /// Mean squared difference from \a expected with the weights the block has now.
    double lossOf(InputPoint point, const std::vector<Matrix> &expected)
    {
        std::vector<double> sums(m_inputs.size());
        double count = 0;
        parallelFor(
            m_inputs.size(),
            [&](std::size_t i) {
                m_job.throwIfStopped();
                BlockScratch scratch;
                Matrix output;
                runPart(point, m_inputs[i], output, scratch);
                for (std::size_t k = 0; k < output.values.size(); ++k)
                    output.values[k] -= expected[i].values[k];
                sums[i] = double(squaredNorm(output.values));
            },
            m_threads);
        for (const Matrix &matrix : expected)
            count += double(matrix.values.size());
        return std::accumulate(sums.begin(), sums.end(), 0.0) / count;
    }

    std::vector<float> search(const ScaleGroup &group, AwqGroupReport &report)
    {
        std::vector<Matrix> expected(m_inputs.size());
        parallelFor(
            m_inputs.size(),
            [&](std::size_t i) {
                BlockScratch scratch;
                runPart(group.point, m_inputs[i], expected[i], scratch);
            },
            m_threads);
        std::vector<Matrix> originals;
        std::vector<const Matrix *> pointers;
        for (const LinearRole role : group.roles)
            originals.push_back(m_block.linears.at(role).weight);
        for (const Matrix &original : originals)
            pointers.push_back(&original);
        const std::vector<float> inputMeans = meanMagnitudes(m_inputs);
        const std::vector<float> weightMeans
            = m_options.usesWeightMeans ? awqWeightMeans(pointers, m_options.scheme) : std::vector<float>();
        const auto tryScale = [&](std::span<const float> scale) {
            for (std::size_t i = 0; i < originals.size(); ++i)
                m_block.linears.at(group.roles[i]).weight = rounded(originals[i], scale, m_options.scheme);
            return lossOf(group.point, expected);
        };
        std::vector<float> best(inputMeans.size(), 1.F);
        report.plainLoss = tryScale(best);
        report.loss = std::numeric_limits<double>::infinity();
        for (int step = 0; step < m_options.grid; ++step) {
            const double ratio = double(step) / m_options.grid;
            std::vector<float> scale = awqScale(inputMeans, weightMeans, ratio);
            const double loss = tryScale(scale);
            if (loss < report.loss) {
                report.loss = loss;
                report.ratio = ratio;
                best = std::move(scale);
            }
        }
        for (std::size_t i = 0; i < originals.size(); ++i)
            m_block.linears.at(group.roles[i]).weight = std::move(originals[i]);
        return best;
    }

    void fold(const ScaleGroup &group)
    {
        for (const LinearRole role : group.roles)
            multiplyColumns(m_block.linears.at(role).weight, group.scale);
        if (group.norm) {
            for (std::size_t i = 0; i < group.scale.size(); ++i)
                (*group.norm)[i] /= group.scale[i];
        } else {
            divideRows(m_block.linears.at(*group.previous), group.scale);
        }
        divideColumns(m_samples[static_cast<std::size_t>(group.point)], group.scale);
    }

    void clipAll()
    {
        for (const LinearShape &shape : linearsOf(m_config)) {
            // Queries and keys multiply each other: clipping one Linear alone misjudges them.
            if (shape.role == LinearRole::Query || shape.role == LinearRole::Key
                || shape.role == LinearRole::Qkv || m_options.skipped.contains(shape.role))
                continue;
            m_job.throwIfStopped();
            clipAwq(m_block.linears.at(shape.role).weight, m_samples[static_cast<std::size_t>(shape.point)],
                    m_options);
        }
    }

    const LlmConfig &m_config;
    const RopeTable &m_rope;
    Block &m_block;
    std::span<const Matrix> m_windows;
    const AwqOptions &m_options;
    JobContext &m_job;
    int m_threads;
    std::vector<Matrix> m_inputs; ///< of the point that is searched, by window
    std::array<Matrix, kInputPoints> m_samples; ///< of these, to clip by
};

} // namespace

GroupedWeights roundAwq(const Matrix &weight, const GroupScheme &scheme)
{
    GroupedWeights result(scheme, weight.rows, weight.cols);
    const std::int64_t size = scheme.sizeFor(weight.cols);
    const auto maxCode = static_cast<float>(scheme.maxCode());
    parallelFor(static_cast<std::size_t>(weight.rows), [&](std::size_t index) {
        const auto row = static_cast<std::int64_t>(index);
        std::uint8_t *codes = result.codes.data() + row * weight.cols;
        for (std::int64_t group = 0; group < result.scales.cols; ++group) {
            const auto part = groupOf(weight.rowSpan(row), group * size, size);
            const GroupParams params = halfParams(part, scheme);
            result.scales.row(row)[group] = params.scale;
            result.zeros.row(row)[group] = params.zero;
            for (std::size_t i = 0; i < part.size(); ++i) {
                const float code = std::nearbyint(roundToHalf(part[i] / params.scale)) + params.zero;
                codes[static_cast<std::size_t>(group * size) + i]
                    = static_cast<std::uint8_t>(std::clamp(code, 0.F, maxCode));
            }
        }
    });
    return result;
}

std::vector<float> awqWeightMeans(std::span<const Matrix *const> weights, const GroupScheme &scheme)
{
    const std::int64_t in = weights.front()->cols;
    const std::int64_t size = scheme.sizeFor(in);
    std::vector<double> sums(static_cast<std::size_t>(in));
    std::int64_t rows = 0;
    for (const Matrix *weight : weights) {
        rows += weight->rows;
        for (std::int64_t row = 0; row < weight->rows; ++row) {
            for (std::int64_t first = 0; first < in; first += size) {
                const auto part = groupOf(weight->rowSpan(row), first, size);
                const double largest = double(absMaximum(part)) + 1e-6;
                for (std::size_t i = 0; i < part.size(); ++i)
                    sums[static_cast<std::size_t>(first) + i] += std::fabs(double(part[i])) / largest;
            }
        }
    }
    std::vector<float> means;
    for (const double sum : sums)
        means.push_back(static_cast<float>(sum / double(rows)));
    return means;
}

std::vector<float> awqScale(std::span<const float> inputMeans, std::span<const float> weightMeans,
                            double ratio)
{
    std::vector<float> scale(inputMeans.size());
    float low = std::numeric_limits<float>::infinity();
    float high = 0;
    for (std::size_t i = 0; i < scale.size(); ++i) {
        double value = std::pow(double(inputMeans[i]), ratio);
        if (!weightMeans.empty())
            value /= std::pow(double(weightMeans[i]), 1 - ratio) + 1e-4;
        scale[i] = std::max(static_cast<float>(value), 1e-4F);
        low = std::min(low, scale[i]);
        high = std::max(high, scale[i]);
    }
    const float middle = std::sqrt(high * low);
    for (float &value : scale) {
        value /= middle;
        if (!std::isfinite(value))
            value = 1;
    }
    return scale;
}

void clipAwq(Matrix &weight, const Matrix &inputs, const AwqOptions &options)
{
    const std::int64_t size = options.scheme.sizeFor(weight.cols);
    const int steps = static_cast<int>(options.maxShrink * options.grid);
    parallelFor(static_cast<std::size_t>((weight.rows + kRows - 1) / kRows), [&](std::size_t chunk) {
        const std::int64_t firstRow = static_cast<std::int64_t>(chunk) * kRows;
        const std::int64_t rows = std::min(kRows, weight.rows - firstRow);
        Matrix outputs;
        for (std::int64_t first = 0; first < weight.cols; first += size) {
            const std::int64_t width = std::min(size, weight.cols - first);
            GroupScheme whole = options.scheme;
            whole.groupSize = -1;
            Matrix clipped(rows, width);
            std::vector<float> best(static_cast<std::size_t>(rows), std::numeric_limits<float>::infinity());
            std::vector<float> limits(best.size());
            for (int step = 0; step < steps; ++step) {
                const float share = 1.F - static_cast<float>(step) / static_cast<float>(options.grid);
                std::vector<float> tried(limits.size());
                Matrix difference(rows, width);
                for (std::int64_t row = 0; row < rows; ++row) {
                    const auto part = groupOf(weight.rowSpan(firstRow + row), first, size);
                    const float limit = absMaximum(part) * share;
                    tried[static_cast<std::size_t>(row)] = limit;
                    std::transform(part.begin(), part.end(), clipped.row(row),
                                   [&](float value) { return std::clamp(value, -limit, limit); });
                    const GroupParams params = halfParams(clipped.rowSpan(row), whole);
                    for (std::size_t i = 0; i < part.size(); ++i) {
                        const float code = std::clamp(
                            std::nearbyint(roundToHalf(clipped.row(row)[i] / params.scale)) + params.zero,
                            0.F, static_cast<float>(whole.maxCode()));
                        difference.row(row)[i] = (code - params.zero) * params.scale - part[i];
                    }
                }
                outputs.resize(rows, inputs.rows);
                multiplyTransposed(panelOf(difference),
                                   {inputs.values.data() + first, inputs.rows, width, inputs.cols},
                                   panelOf(outputs));
                for (std::int64_t row = 0; row < rows; ++row) {
                    const auto index = static_cast<std::size_t>(row);
                    const float error = squaredNorm(outputs.rowSpan(row));
                    if (error < best[index]) {
                        best[index] = error;
                        limits[index] = tried[index];
                    }
                }
            }
            for (std::int64_t row = 0; row < rows; ++row) {
                const float limit = limits[static_cast<std::size_t>(row)];
                float *values = weight.row(firstRow + row) + first;
                for (std::int64_t i = 0; i < width; ++i)
                    values[i] = std::clamp(values[i], -limit, limit);
            }
        }
    });
}

std::uint64_t awqMemory(const LlmConfig &config, std::size_t windows, std::int64_t context, int threads)
{
    const std::vector<LinearShape> linears = linearsOf(config);
    std::int64_t most = 0;
    for (const LinearShape &shape : linears) {
        // Inputs and outputs of the windows; the Linears of the point as they were, one of them scaled, and
        // rounded: floats and a byte a code.
        std::int64_t floats = static_cast<std::int64_t>(windows) * context * (shape.in + config.hidden);
        for (const LinearShape &other : linears) {
            if (other.point == shape.point)
                floats += other.out * other.in;
        }
        most = std::max(most, floats + shape.out * shape.in * 9 / 4);
    }
    const auto output = static_cast<std::uint64_t>(threadCount(threads))
        * static_cast<std::uint64_t>(2 * context * config.hidden);
    return (static_cast<std::uint64_t>(most) + output) * sizeof(float)
        + scratchMemory(config, context, threads);
}

std::vector<AwqGroupReport> prepareAwq(const LlmConfig &config, const RopeTable &rope, Block &block,
                                       std::span<const Matrix> windows, const AwqOptions &options,
                                       JobContext &job, int threads)
{
    return BlockSearch(config, rope, block, windows, options, job, threads).run();
}

} // namespace qs
