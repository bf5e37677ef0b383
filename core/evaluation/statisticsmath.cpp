// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/statisticsmath.h"

#include "core/evaluation/evaluation.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

constexpr double kZ95 = 1.959963984540054; // 97.5 % quantile of the standard normal distribution

/// Correlation of the two outcomes; a positive one is drawn towards 0 by half an observation (method 10).
double correctedPhi(const PairedCounts &c)
{
    const auto both = static_cast<double>(c.both);
    const auto first = static_cast<double>(c.onlyFirst);
    const auto second = static_cast<double>(c.onlySecond);
    const auto neither = static_cast<double>(c.neither);
    const double margins = (both + first) * (second + neither) * (both + second) * (first + neither);
    if (margins <= 0)
        return 0;
    double numerator = both * neither - first * second;
    if (numerator > 0)
        numerator = std::max(numerator - static_cast<double>(c.total()) / 2, 0.0);
    return numerator / std::sqrt(margins);
}

/// sqrt(a^2 - 2 phi a b + b^2); rounding may push an exact 0 below 0.
double combine(double a, double b, double phi)
{
    return std::sqrt(std::max(a * a - 2 * phi * a * b + b * b, 0.0));
}

} // namespace

Interval wilsonInterval(std::uint64_t successes, std::uint64_t total)
{
    if (total == 0)
        return {0, 0, 1};
    const auto n = static_cast<double>(total);
    const double p = static_cast<double>(successes) / n;
    const double z2 = kZ95 * kZ95;
    const double centre = p + z2 / (2 * n);
    const double half = kZ95 * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    const double scale = 1 + z2 / n;
    // The limits are exactly 0 and 1 there; computing them would leave a rounding error.
    const double low = successes == 0 ? 0 : (centre - half) / scale;
    const double high = successes == total ? 1 : (centre + half) / scale;
    return {p, low, high};
}

double mcnemarExact(std::uint64_t onlyFirst, std::uint64_t onlySecond)
{
    if (onlyFirst == onlySecond)
        return 1;
    const auto n = static_cast<double>(onlyFirst + onlySecond);
    const auto k = static_cast<double>(std::min(onlyFirst, onlySecond));
    const double logLargest
        = std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) - n * std::log(2.0);
    // Each term of the tail follows from the one above it: C(n, i-1) = C(n, i) i / (n-i+1).
    double sum = 1;
    double term = 1;
    for (double i = k; i >= 1 && term > 1e-18 * sum; --i) {
        term *= i / (n - i + 1);
        sum += term;
    }
    return std::min(1.0, 2 * std::exp(logLargest) * sum);
}

Interval newcombePairedDifference(const PairedCounts &counts)
{
    if (counts.total() == 0)
        return {0, -1, 1};
    const Interval first = wilsonInterval(counts.both + counts.onlyFirst, counts.total());
    const Interval second = wilsonInterval(counts.both + counts.onlySecond, counts.total());
    const double phi = correctedPhi(counts);
    const double difference = first.estimate - second.estimate;
    const double below = combine(first.estimate - first.low, second.high - second.estimate, phi);
    const double above = combine(first.high - first.estimate, second.estimate - second.low, phi);
    return {difference, difference - below, difference + above};
}

Proportion makeProportion(std::uint64_t successes, std::uint64_t total)
{
    const Interval interval = wilsonInterval(successes, total);
    return {successes, total, interval.estimate, interval.low, interval.high};
}

} // namespace qs
