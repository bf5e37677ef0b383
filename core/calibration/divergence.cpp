// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qs {
namespace {

double nLogN(double n)
{
    return n > 0 ? n * std::log(n) : 0;
}

} // namespace

Divergence::Divergence(const Histogram &histogram)
    : m_binWidth(histogram.isEmpty() ? 1 : histogram.binWidth())
    , m_firstBin(std::round(histogram.lowerEdge() / m_binWidth))
    , m_counts(histogram.counts().begin(), histogram.counts().end())
{
    const double zero = -m_firstBin; // bin [0, width)
    if (zero >= 0 && zero < double(m_counts.size())) {
        const auto i = static_cast<std::size_t>(zero);
        const double left = i > 0 ? m_counts[i - 1] : 0;
        const double right = i + 1 < m_counts.size() ? m_counts[i + 1] : 0;
        m_counts[i] = std::min(m_counts[i], std::max(left, right));
    }
    m_below.assign(1, 0);
    m_entropyBelow.assign(1, 0);
    m_usedBelow.assign(1, 0);
    for (const double n : m_counts) {
        m_below.push_back(m_below.back() + n);
        m_entropyBelow.push_back(m_entropyBelow.back() + nLogN(n));
        m_usedBelow.push_back(m_usedBelow.back() + (n > 0 ? 1 : 0));
    }
}

std::size_t Divergence::clampedIndex(double bin) const
{
    return static_cast<std::size_t>(std::clamp(bin - m_firstBin, 0.0, double(m_counts.size())));
}

double Divergence::operator()(Range range, int codes) const
{
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    constexpr double kSmoothing = 0.5;
    // Edges of the bins that the ends lie in.
    const double lowBin = range.min < 0 ? std::ceil(double(range.min) / m_binWidth) - 1 : 0;
    const double highBin = range.max > 0 ? std::floor(double(range.max) / m_binWidth) + 1 : 0;
    const double cell = (highBin - lowBin) / (codes - 1);
    if (cell < 1)
        return kInfinity;
    const std::size_t first = clampedIndex(lowBin);
    const std::size_t end = clampedIndex(highBin);
    const double total = m_below.back();
    const double inside = m_below[end] - m_below[first];
    if (first >= end || inside <= 0)
        return kInfinity;

    // Outliers join the outermost bins of P. With one bin only, that bin gets both kinds.
    const double outliersLow = m_below[first];
    const double outliersHigh = total - m_below[end];
    const std::size_t last = end - 1;
    const double joinedLow = m_counts[first] + outliersLow + (first == last ? outliersHigh : 0);
    const double joinedHigh = m_counts[last] + outliersHigh;
    double pLogP = m_entropyBelow[end] - m_entropyBelow[first];
    pLogP += nLogN(joinedLow) - nLogN(m_counts[first]);
    if (first != last)
        pLogP += nLogN(joinedHigh) - nLogN(m_counts[last]);

    double pLogQ = 0;
    const double allQ = inside + kSmoothing * codes;
    std::size_t left = first;
    for (int code = 0; code < codes && left < end; ++code) {
        // A bin belongs to the cell that its middle is in; the cells end half way between two codes.
        const double boundary = lowBin + (code + 0.5) * cell;
        const std::size_t right
            = code + 1 == codes ? end : std::min(clampedIndex(std::ceil(boundary - 0.5)), end);
        if (right <= left)
            continue;
        const double values = m_below[right] - m_below[left];
        int used = m_usedBelow[right] - m_usedBelow[left];
        double p = values;
        if (left == first) {
            p += outliersLow;
            used += m_counts[first] == 0 && outliersLow > 0 ? 1 : 0;
        }
        if (right == end) {
            p += outliersHigh;
            used += m_counts[last] == 0 && outliersHigh > 0 ? 1 : 0;
        }
        if (p > 0)
            pLogQ += p * std::log((values + kSmoothing) / (allQ * used));
        left = right;
    }
    return (pLogP - pLogQ) / total - std::log(total);
}

} // namespace qs
