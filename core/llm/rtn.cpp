// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/rtn.h"

#include "core/llm/parallel.h"

namespace qs {

GroupedWeights quantizeRtn(const Matrix &weight, const GroupScheme &scheme, ParamsFunction params)
{
    GroupedWeights result(scheme, weight.rows, weight.cols);
    const std::int64_t size = scheme.sizeFor(weight.cols);
    parallelFor(static_cast<std::size_t>(weight.rows), [&](std::size_t index) {
        const auto row = static_cast<std::int64_t>(index);
        std::uint8_t *codes = result.codes.data() + row * weight.cols;
        for (std::int64_t group = 0; group < result.scales.cols; ++group) {
            const std::int64_t first = group * size;
            const std::span<const float> part
                = weight.rowSpan(row).subspan(static_cast<std::size_t>(first),
                                              static_cast<std::size_t>(std::min(size, weight.cols - first)));
            const GroupParams chosen = params(part, scheme);
            result.scales.row(row)[group] = chosen.scale;
            result.zeros.row(row)[group] = chosen.zero;
            for (std::size_t i = 0; i < part.size(); ++i)
                codes[first + static_cast<std::int64_t>(i)] = codeOf(part[i], chosen, scheme.maxCode());
        }
    });
    return result;
}

} // namespace qs
