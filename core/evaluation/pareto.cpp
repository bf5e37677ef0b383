// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/pareto.h"

#include <algorithm>
#include <cmath>

namespace qs {

std::vector<std::size_t> paretoFront(std::span<const Tradeoff> choices)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (!std::isnan(choices[i].cost) && !std::isnan(choices[i].quality))
            order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (choices[a].cost != choices[b].cost)
            return choices[a].cost < choices[b].cost;
        return choices[a].quality > choices[b].quality;
    });
    std::vector<std::size_t> front;
    for (const std::size_t i : order) {
        if (front.empty() || choices[i].quality > choices[front.back()].quality)
            front.push_back(i);
    }
    return front;
}

} // namespace qs
