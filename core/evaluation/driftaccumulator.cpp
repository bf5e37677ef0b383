// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/driftaccumulator.h"

#include <algorithm>

namespace qs {

void DriftAccumulator::add(const Tensor &x, const Tensor &y, std::uint64_t clipped)
{
    const std::span<const float> a = x.floats();
    const std::span<const float> b = y.floats();
    assert(a.size() == b.size());
    const Shape &shape = x.shape();
    const std::size_t channels = shape.size() < 2 ? 1 : static_cast<std::size_t>(shape[1]);
    const bool first = m_samples.empty();
    if (first && shape.size() >= 2)
        m_channels.resize(channels);
    m_channelsVary = m_channelsVary || m_channels.size() != (shape.size() < 2 ? 0 : channels);
    if (m_channelsVary)
        m_channels.clear();
    ErrorSums sample;
    if (m_channels.empty()) {
        sample.add(a, b);
    } else if (!a.empty()) {
        const std::size_t batches = static_cast<std::size_t>(shape[0]);
        const std::size_t inner = a.size() / (batches * channels);
        for (std::size_t i = 0; i < batches * channels; ++i) {
            ErrorSums part;
            part.add(a.subspan(i * inner, inner), b.subspan(i * inner, inner));
            m_channels[i % channels].add(part);
            sample.add(part);
        }
    }
    sample.clipped = clipped;
    m_total.add(sample);
    m_samples.push_back(static_cast<float>(sample.sqnrDb()));
}

std::vector<float> DriftAccumulator::channelSqnrDb() const
{
    std::vector<float> values;
    for (const ErrorSums &sums : m_channels)
        values.push_back(static_cast<float>(sums.sqnrDb()));
    return values;
}

std::vector<float> DriftAccumulator::channelMaxAbs() const
{
    std::vector<float> values;
    for (const ErrorSums &sums : m_channels)
        values.push_back(static_cast<float>(sums.maxAbs));
    return values;
}

} // namespace qs
