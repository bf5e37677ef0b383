// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <optional>

namespace qs {

/// How an output is read as class scores: \a rows samples of \a classes numbers each.
struct ScoreLayout
{
    std::int64_t rows = 0;
    std::int64_t classes = 0;

    bool operator==(const ScoreLayout &) const = default;
};

/// [C], [N,C] and [N,C,1,1] of a float type with at least two classes; null for anything else (boxes, maps,
/// sequences).
std::optional<ScoreLayout> scoreLayout(DType type, const Shape &shape);

/// Index of the largest score, the lowest one of equals; -1 when there is a NaN: such an output says nothing.
std::int64_t argMax(std::span<const float> scores);

/// Whether \a label is among the \a k largest; of equal scores the lower index comes first. False with a NaN
/// or a label that is no class.
bool isInTop(std::span<const float> scores, std::int64_t label, std::int64_t k);

} // namespace qs
