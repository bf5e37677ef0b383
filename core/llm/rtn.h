// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llm/groupedweights.h"

#include <functional>

namespace qs {

/// How a group's scale and zero are chosen.
using ParamsFunction = GroupParams (*)(std::span<const float> weights, const GroupScheme &scheme);

/// Rounds every weight to the nearest code of its group. On all cores.
GroupedWeights quantizeRtn(const Matrix &weight, const GroupScheme &scheme,
                           ParamsFunction params = gptqParams);

} // namespace qs
