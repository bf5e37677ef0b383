// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/weightplan.h"

#include "core/base/paramspec.h"

#include <algorithm>

namespace qs {
namespace {

std::vector<Range> sliceExtents(const Tensor &weight, std::size_t axis, bool leading)
{
    const Shape &shape = weight.shape();
    std::size_t inner = 1;
    for (std::size_t d = axis + 1; d < shape.size(); ++d)
        inner *= static_cast<std::size_t>(shape[d]);
    const auto values = weight.floats();
    const auto slices
        = leading ? values.size() / std::max<std::size_t>(inner, 1) : static_cast<std::size_t>(shape[axis]);
    std::vector<Range> ranges(slices);
    for (std::size_t i = 0; i < values.size(); ++i) {
        Range &range = ranges[i / inner % slices];
        range.min = std::min(range.min, values[i]);
        range.max = std::max(range.max, values[i]);
    }
    return ranges;
}

} // namespace

TensorPlan planWeight(const std::string &name, const Tensor &weight, std::optional<int> axis,
                      const QuantScheme &scheme, bool leading)
{
    TensorPlan entry {.tensor = name, .role = TensorRole::Weight, .scheme = scheme};
    entry.axis = axis;
    entry.ranges = axis ? sliceExtents(weight, static_cast<std::size_t>(*axis), leading)
                        : std::vector {extentOf(weight.floats()).range};
    for (const Range &range : entry.ranges)
        entry.params.push_back(chooseScale(range, scheme));
    entry.reason = axis ? sentence(QS_TR_NOOP("Sentence", "symmetric per channel, largest magnitude"))
                        : sentence(QS_TR_NOOP("Sentence", "symmetric per tensor, largest magnitude"));
    return entry;
}

} // namespace qs
