// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/classscores.h"

#include <algorithm>
#include <cmath>

namespace qs {

std::optional<ScoreLayout> scoreLayout(DType type, const Shape &shape)
{
    if (!isFloatingPoint(type) || shape.empty())
        return {};
    if (shape.size() == 1)
        return shape[0] >= 2 ? std::optional(ScoreLayout {1, shape[0]}) : std::nullopt;
    const bool onlyOnesBehind
        = std::all_of(shape.begin() + 2, shape.end(), [](std::int64_t dim) { return dim == 1; });
    if (!onlyOnesBehind || shape[0] < 1 || shape[1] < 2)
        return {};
    return ScoreLayout {shape[0], shape[1]};
}

std::int64_t argMax(std::span<const float> scores)
{
    std::int64_t best = -1;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (std::isnan(scores[i]))
            return -1;
        if (best < 0 || scores[i] > scores[static_cast<std::size_t>(best)])
            best = static_cast<std::int64_t>(i);
    }
    return best;
}

bool isInTop(std::span<const float> scores, std::int64_t label, std::int64_t k)
{
    if (label < 0 || label >= static_cast<std::int64_t>(scores.size()))
        return false;
    const auto own = static_cast<std::size_t>(label);
    std::int64_t before = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (std::isnan(scores[i]))
            return false;
        before += scores[i] > scores[own] || (scores[i] == scores[own] && i < own) ? 1 : 0;
    }
    return before < k;
}

} // namespace qs
