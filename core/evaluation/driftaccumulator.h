// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evaluation/errorsums.h"

namespace qs {

/// Collects one layer's drift sample by sample. What it holds does not grow with the samples, but for one
/// number each.
class DriftAccumulator
{
public:
    /// \a x and \a y: float32 with as many elements; \a clipped of x are outside what the grid of y
    /// represents.
    void add(const Tensor &x, const Tensor &y, std::uint64_t clipped);

    bool isEmpty() const { return m_samples.empty(); }
    DriftMetrics metrics() const { return m_total.metrics(); }
    const std::vector<float> &sampleSqnrDb() const { return m_samples; }
    /// One a channel (dimension 1); empty for rank < 2 and when samples differ in their number of channels.
    std::vector<float> channelSqnrDb() const;
    std::vector<float> channelMaxAbs() const;

private:
    ErrorSums m_total;
    std::vector<ErrorSums> m_channels;
    bool m_channelsVary = false;
    std::vector<float> m_samples;
};

} // namespace qs
