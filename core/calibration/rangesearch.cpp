// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/rangesearch.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

/// Ends as shares of the full ones, with the smallest cost so far.
class Search
{
public:
    Search(Range extent, bool symmetric, const std::function<double(Range)> &cost)
        : m_low(std::min(double(extent.min), 0.0))
        , m_high(std::max(double(extent.max), 0.0))
        , m_symmetric(symmetric)
        , m_cost(cost)
    {
        if (symmetric) {
            m_high = std::max(-m_low, m_high);
            m_low = -m_high;
        }
        m_best = m_cost(range());
    }

    Range range() const { return rangeOf(m_lowShare, m_highShare); }
    bool movesTogether() const { return m_symmetric || m_low == 0 || m_high == 0; }

    bool offer(double lowShare, double highShare)
    {
        lowShare = std::min(lowShare, 1.0);
        highShare = std::min(highShare, 1.0);
        const double cost = m_cost(rangeOf(lowShare, highShare));
        if (!(cost < m_best))
            return false;
        m_best = cost;
        m_lowShare = lowShare;
        m_highShare = highShare;
        return true;
    }
    bool scaleBoth(double factor) { return offer(m_lowShare * factor, m_highShare * factor); }
    bool scaleLow(double factor) { return offer(m_lowShare * factor, m_highShare); }
    bool scaleHigh(double factor) { return offer(m_lowShare, m_highShare * factor); }
    double lowShare() const { return m_lowShare; }
    double highShare() const { return m_highShare; }

private:
    Range rangeOf(double lowShare, double highShare) const
    {
        return {static_cast<float>(m_low * lowShare), static_cast<float>(m_high * highShare)};
    }

    double m_low;
    double m_high;
    bool m_symmetric;
    const std::function<double(Range)> &m_cost;
    double m_lowShare = 1;
    double m_highShare = 1;
    double m_best = 0;
};

} // namespace

Range searchRange(Range extent, bool symmetric, const std::function<double(Range)> &cost)
{
    constexpr int kCoarseSteps = 40; // four to the octave: down to 2^-10
    Search search(extent, symmetric, cost);
    const auto coarse = [](int step) { return std::exp2(-step / 4.0); };
    for (int step = 1; step <= kCoarseSteps; ++step)
        search.offer(coarse(step), coarse(step));
    if (!search.movesTogether()) {
        for (int step = 0; step <= kCoarseSteps; ++step)
            search.offer(search.lowShare(), coarse(step));
        for (int step = 0; step <= kCoarseSteps; ++step)
            search.offer(coarse(step), search.highShare());
    }
    for (double octaves = 1.0 / 8; octaves >= 1.0 / 128; octaves /= 2) {
        const double up = std::exp2(octaves);
        const double down = 1 / up;
        bool better = true;
        for (int round = 0; better && round < 3; ++round) {
            if (search.movesTogether())
                better = search.scaleBoth(down) || search.scaleBoth(up);
            else
                better = int(search.scaleLow(down) || search.scaleLow(up))
                    + int(search.scaleHigh(down) || search.scaleHigh(up));
        }
    }
    return search.range();
}

} // namespace qs
