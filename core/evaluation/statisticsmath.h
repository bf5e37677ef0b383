// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace qs {

/// An interval with its estimate, e.g. of a proportion or of a difference of two.
struct Interval
{
    double estimate = 0;
    double low = 0;
    double high = 0;

    bool operator==(const Interval &) const = default;
};

/// Wilson score interval at 95 % without continuity correction (Wilson 1927; Newcombe 1998 I, method 3).
/// Nothing is known of an empty sample: {0, 0, 1}.
Interval wilsonInterval(std::uint64_t successes, std::uint64_t total);

/// Two-sided p of the exact (binomial) McNemar test: min(1, 2 P(X <= min(b, c))) with X ~ B(b + c, 1/2).
/// \a onlyFirst and \a onlySecond are the discordant counts b and c.
double mcnemarExact(std::uint64_t onlyFirst, std::uint64_t onlySecond);

/// Counts of a paired 2 x 2 table: how often both, only the first, only the second and neither succeeded.
struct PairedCounts
{
    std::uint64_t both = 0;
    std::uint64_t onlyFirst = 0;
    std::uint64_t onlySecond = 0;
    std::uint64_t neither = 0;

    std::uint64_t total() const { return both + onlyFirst + onlySecond + neither; }
};

/// 95 % interval of p(first) - p(second): Wilson intervals of both, squared and added, with a continuity-
/// corrected correlation (Newcombe, Statistics in Medicine 17 (1998) 2635-2650, method 10).
Interval newcombePairedDifference(const PairedCounts &counts);

} // namespace qs
