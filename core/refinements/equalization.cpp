// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/refinements/equalization.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

/// Of the norm in place of a maximum. With the largest factors and logarithms of base e, its terms stay
/// below e^600, within a double.
constexpr double kNorm = 32;
/// Keeps scales of weights and biases far from the ends of float32 where a channel is all but dead.
constexpr double kLargestLog = 9.2;
/// Between a channel's peak and the limit, as factors are rounded to three digits.
const double kRoomLog = std::log(1.01);
constexpr double kWeightLevels = 127;
constexpr double kActivationLevels = 255;

constexpr int kSteps = 300;
constexpr double kFirstRate = 0.1; ///< of the logarithms a step
constexpr double kLastRate = 0.002;

using Logs = std::vector<std::vector<double>>; ///< of each pair's factors

std::vector<double> exponentials(const std::vector<double> &logs, double times)
{
    std::vector<double> result(logs.size());
    std::ranges::transform(logs, result.begin(), [times](double log) { return std::exp(times * log); });
    return result;
}

/// The noise of a layer's weights, and its derivatives by the logarithms of the factors on both sides.
class WeightNoise
{
public:
    WeightNoise(const EqualizedLayer &layer, bool perChannel)
        : m_layer(layer)
        , m_perChannel(perChannel)
        , m_powers(layer.magnitudes.size())
    {
        // Relative to the largest, which keeps the powers within a double; those of nothing stay nothing.
        m_largest = layer.magnitudes.empty() ? 0 : *std::ranges::max_element(layer.magnitudes);
        if (m_largest > 0) {
            std::ranges::transform(layer.magnitudes, m_powers.begin(),
                                   [this](double m) { return std::pow(m / m_largest, kNorm); });
        }
    }

    double add(const Logs &logs, Logs &gradient) const
    {
        if (m_largest <= 0 || m_layer.outputPower <= 0)
            return 0;
        const std::vector<double> none;
        const std::vector<double> &in = m_layer.inputPair ? logs[*m_layer.inputPair] : none;
        const std::vector<double> &out = m_layer.outputPair ? logs[*m_layer.outputPair] : none;
        const std::vector<double> u = in.empty() ? std::vector(m_layer.inputs, 1.0) : exponentials(in, kNorm);
        const std::vector<double> v
            = out.empty() || m_perChannel ? std::vector(m_layer.outputs, 1.0) : exponentials(out, -kNorm);
        const std::vector<double> gain
            = out.empty() || m_perChannel ? std::vector(m_layer.outputs, 1.0) : exponentials(out, 2);
        std::vector<double> inputPower = m_layer.inputPower;
        for (std::size_t i = 0; i < in.size(); ++i)
            inputPower[i] *= std::exp(-2 * in[i]);

        const std::size_t rows = m_layer.outputs / m_layer.groups;
        const std::size_t columns = m_layer.inputs / m_layer.groups;
        std::vector<double> reach(m_layer.outputs); // sum of M u of each output
        std::vector<double> power(m_layer.groups); // of a group's inputs
        for (std::size_t g = 0; g < m_layer.groups; ++g) {
            for (std::size_t i = 0; i < columns; ++i)
                power[g] += inputPower[g * columns + i];
        }
        for (std::size_t o = 0; o < m_layer.outputs; ++o) {
            const double *row = &m_powers[o * columns];
            const double *units = &u[o / rows * columns];
            for (std::size_t i = 0; i < columns; ++i)
                reach[o] += row[i] * units[i];
        }
        const double scale = m_largest * m_largest * double(m_layer.taps)
            / (12 * kWeightLevels * kWeightLevels * m_layer.outputPower);
        // Noise of output o: share[o] x the power of its inputs.
        std::vector<double> share(m_layer.outputs);
        double noise = 0;
        double total = 0;
        for (std::size_t o = 0; o < m_layer.outputs; ++o)
            total += v[o] * reach[o];
        for (std::size_t o = 0; o < m_layer.outputs; ++o) {
            share[o] = scale * std::pow(m_perChannel ? reach[o] : total, 2 / kNorm) * gain[o];
            noise += share[o] * power[o / rows];
        }
        if (!in.empty()) {
            std::vector<double> &slope = gradient[*m_layer.inputPair];
            std::vector<double> shares(m_layer.groups);
            for (std::size_t o = 0; o < m_layer.outputs; ++o) {
                shares[o / rows] += share[o];
                // d share / d log u = 2 share x M u / reach
                const double times = m_perChannel
                    ? (reach[o] > 0 ? 2 * share[o] * power[o / rows] / reach[o] : 0)
                    : 2 * noise * v[o] / total;
                const double *row = &m_powers[o * columns];
                const std::size_t first = o / rows * columns;
                for (std::size_t i = 0; i < columns; ++i)
                    slope[first + i] += times * row[i] * u[first + i];
            }
            for (std::size_t i = 0; i < m_layer.inputs; ++i)
                slope[i] -= 2 * inputPower[i] * shares[i / columns];
        }
        if (!out.empty() && !m_perChannel) {
            std::vector<double> &slope = gradient[*m_layer.outputPair];
            for (std::size_t o = 0; o < m_layer.outputs; ++o)
                slope[o] += 2 * share[o] * power[o / rows] - 2 * noise * v[o] * reach[o] / total;
        }
        return noise;
    }

private:
    const EqualizedLayer &m_layer;
    const bool m_perChannel;
    double m_largest = 0;
    std::vector<double> m_powers; ///< of magnitudes, relative to the largest
};

double addActivationNoise(const EqualizedPair &pair, const std::vector<double> &logs,
                          std::vector<double> &slope)
{
    const double largest = *std::ranges::max_element(pair.peaks);
    if (largest <= 0 || pair.power <= 0)
        return 0;
    std::vector<double> reach(logs.size());
    std::vector<double> gain(logs.size());
    double total = 0;
    double gains = 0;
    for (std::size_t c = 0; c < logs.size(); ++c) {
        reach[c] = std::pow(pair.peaks[c] / largest, kNorm) * std::exp(-kNorm * logs[c]);
        gain[c] = std::exp(2 * logs[c]);
        total += reach[c];
        gains += gain[c];
    }
    const double noise = largest * largest * std::pow(total, 2 / kNorm) * gains
        / (12 * kActivationLevels * kActivationLevels * pair.power);
    for (std::size_t c = 0; c < logs.size(); ++c)
        slope[c] += 2 * noise * (gain[c] / gains - reach[c] / total);
    return noise;
}

/// The factors of a pair as far as they are free: one for all channels that reach the limit, one each for the
/// others.
class Descent
{
public:
    explicit Descent(const EqualizedPair &pair)
        : m_pair(pair)
        , m_logs(pair.peaks.size())
        , m_first(pair.peaks.size())
        , m_second(pair.peaks.size())
    { }

    const std::vector<double> &logs() const { return m_logs; }

    /// A step of Adam (Kingma and Ba 2015) and back into what is allowed.
    void step(const std::vector<double> &gradient, int number, double rate)
    {
        constexpr double kFirst = 0.9;
        constexpr double kSecond = 0.99;
        double tied = 0;
        for (std::size_t c = 0; c < m_logs.size(); ++c)
            tied += m_pair.isTied(c) ? gradient[c] : 0;
        for (std::size_t c = 0; c < m_logs.size(); ++c) {
            const double slope = m_pair.isTied(c) ? tied : gradient[c];
            m_first[c] = kFirst * m_first[c] + (1 - kFirst) * slope;
            m_second[c] = kSecond * m_second[c] + (1 - kSecond) * slope * slope;
            const double mean = m_first[c] / (1 - std::pow(kFirst, number));
            const double deviation = std::sqrt(m_second[c] / (1 - std::pow(kSecond, number)));
            if (deviation > 0)
                m_logs[c] = std::clamp(m_logs[c] - rate * mean / deviation, -kLargestLog, kLargestLog);
        }
        if (const auto limit = limitLog()) {
            for (std::size_t c = 0; c < m_logs.size(); ++c) {
                if (!m_pair.isTied(c) && m_pair.clipPeaks[c] > 0)
                    m_logs[c] = std::max(m_logs[c], *limit + std::log(m_pair.clipPeaks[c]) + kRoomLog);
            }
        }
    }

    EqualizedFactors factors() const
    {
        EqualizedFactors result {exponentials(m_logs, 1), 1};
        if (const auto limit = limitLog())
            result.limitFactor = std::exp(*limit);
        else if (!m_pair.clipPeaks.empty()) // nobody needs the limit; it must not become one
            result.limitFactor = *std::ranges::min_element(result.factors);
        return result;
    }

private:
    /// Of the channels that reach the limit, if any do.
    std::optional<double> limitLog() const
    {
        for (std::size_t c = 0; c < m_logs.size(); ++c) {
            if (m_pair.isTied(c))
                return m_logs[c];
        }
        return std::nullopt;
    }

    const EqualizedPair &m_pair;
    std::vector<double> m_logs;
    std::vector<double> m_first;
    std::vector<double> m_second;
};

} // namespace

double equalizationNoise(const std::vector<EqualizedLayer> &layers, const std::vector<EqualizedPair> &pairs,
                         const std::vector<EqualizedFactors> &factors, bool perChannel)
{
    const auto factor = [&](std::optional<std::size_t> pair, std::size_t channel) {
        return pair ? factors[*pair].factors[channel] : 1.0;
    };
    double noise = 0;
    for (const EqualizedLayer &layer : layers) {
        if (layer.outputPower <= 0)
            continue;
        const std::size_t rows = layer.outputs / layer.groups;
        const std::size_t columns = layer.inputs / layer.groups;
        std::vector<double> largest(layer.outputs); // of an output's weights as they are stored
        std::vector<double> power(layer.outputs);
        for (std::size_t o = 0; o < layer.outputs; ++o) {
            for (std::size_t k = 0; k < columns; ++k) {
                const std::size_t i = o / rows * columns + k;
                const double in = factor(layer.inputPair, i);
                largest[o] = std::max(largest[o], layer.magnitudes[o * columns + k] * in);
                power[o] += layer.inputPower[i] / (in * in);
            }
            largest[o] /= factor(layer.outputPair, o);
        }
        const double all = *std::ranges::max_element(largest);
        for (std::size_t o = 0; o < layer.outputs; ++o) {
            const double step = (perChannel ? largest[o] : all) / kWeightLevels * factor(layer.outputPair, o);
            noise += step * step / 12 * double(layer.taps) * power[o] / layer.outputPower;
        }
    }
    for (std::size_t p = 0; p < pairs.size(); ++p) {
        if (pairs[p].power <= 0)
            continue;
        double largest = 0;
        double gains = 0;
        for (std::size_t c = 0; c < pairs[p].peaks.size(); ++c) {
            largest = std::max(largest, pairs[p].peaks[c] / factor(p, c));
            gains += factor(p, c) * factor(p, c);
        }
        noise += largest * largest * gains / (12 * kActivationLevels * kActivationLevels * pairs[p].power);
    }
    return noise;
}

std::vector<EqualizedFactors> equalize(const std::vector<EqualizedLayer> &layers,
                                       const std::vector<EqualizedPair> &pairs, bool perChannel,
                                       JobContext &job)
{
    std::vector<WeightNoise> noises;
    for (const EqualizedLayer &layer : layers)
        noises.emplace_back(layer, perChannel);
    std::vector<Descent> descents(pairs.begin(), pairs.end());
    Logs logs(pairs.size());
    for (int number = 1; number <= kSteps; ++number) {
        job.throwIfStopped();
        Logs gradient(pairs.size());
        for (std::size_t p = 0; p < pairs.size(); ++p) {
            logs[p] = descents[p].logs();
            gradient[p].resize(logs[p].size());
        }
        double noise = 0;
        for (const WeightNoise &layer : noises)
            noise += layer.add(logs, gradient);
        for (std::size_t p = 0; p < pairs.size(); ++p)
            noise += addActivationNoise(pairs[p], logs[p], gradient[p]);
        if (noise <= 0)
            break;
        const double rate = kFirstRate * std::pow(kLastRate / kFirstRate, double(number) / kSteps);
        for (std::size_t p = 0; p < pairs.size(); ++p) {
            for (double &slope : gradient[p])
                slope /= noise; // that of the noise in decibels, which is as steep at the end as at the start
            descents[p].step(gradient[p], number, rate);
        }
    }
    std::vector<EqualizedFactors> result;
    for (const Descent &descent : descents)
        result.push_back(descent.factors());
    return result;
}

} // namespace qs
