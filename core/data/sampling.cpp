// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/sampling.h"

#include <algorithm>
#include <numeric>

namespace qs {
namespace {

using Classes = std::vector<std::vector<std::size_t>>;

/// How many each class gives when \a count are wanted.
std::vector<std::size_t> quotas(const Classes &classes, std::size_t count)
{
    std::vector<std::size_t> quota(classes.size(), 0);
    std::size_t left = count;
    // Every round fills the classes that have something left by an equal share; a class that runs out
    // leaves its share to the next round.
    while (left > 0) {
        std::vector<std::size_t> open;
        for (std::size_t c = 0; c < classes.size(); ++c) {
            if (quota[c] < classes[c].size())
                open.push_back(c);
        }
        if (open.empty())
            break;
        const std::size_t share = left / open.size();
        if (share == 0) {
            for (const std::size_t i : spreadEvenly(open.size(), left))
                ++quota[open[i]];
            break;
        }
        for (const std::size_t c : open) {
            const std::size_t taken = std::min(share, classes[c].size() - quota[c]);
            quota[c] += taken;
            left -= taken;
        }
    }
    return quota;
}

} // namespace

std::vector<std::size_t> spreadEvenly(std::size_t total, std::size_t count)
{
    if (count == 0 || count > total)
        count = total;
    std::vector<std::size_t> chosen(count);
    // i * total / count without leaving 64 bits.
    const std::size_t step = count == 0 ? 0 : total / count;
    const std::size_t rest = count == 0 ? 0 : total % count;
    for (std::size_t i = 0; i < count; ++i)
        chosen[i] = i * step + i * rest / count;
    return chosen;
}

std::vector<std::size_t> spreadOverClasses(const Classes &classes, std::size_t count)
{
    std::size_t total = 0;
    for (const std::vector<std::size_t> &members : classes)
        total += members.size();
    const std::vector<std::size_t> quota = quotas(classes, count == 0 ? total : std::min(count, total));

    std::vector<std::vector<std::size_t>> chosen(classes.size());
    for (std::size_t c = 0; c < classes.size(); ++c) {
        if (quota[c] > 0)
            chosen[c] = spreadEvenly(classes[c].size(), quota[c]);
    }
    std::vector<std::size_t> order;
    order.reserve(std::accumulate(quota.begin(), quota.end(), std::size_t {0}));
    const std::size_t rounds = quota.empty() ? 0 : *std::max_element(quota.begin(), quota.end());
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t c = 0; c < classes.size(); ++c) {
            if (round < chosen[c].size())
                order.push_back(classes[c][chosen[c][round]]);
        }
    }
    return order;
}

} // namespace qs
