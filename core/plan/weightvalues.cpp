// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/weightvalues.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

template <typename T>
void roundAsChosen(std::span<const float> x, const TensorPlan &plan, std::size_t inner, std::span<T> q)
{
    const QuantLimits limits = limitsOf(plan.scheme);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const ScaleZeroPoint params = plan.params[i / inner % plan.params.size()];
        const float up = static_cast<float>(plan.roundUp[i / 8] >> (i % 8) & 1);
        const float step = lowerStep(x[i], params.scale) + up + static_cast<float>(params.zeroPoint);
        q[i] = static_cast<T>(
            std::clamp(step, static_cast<float>(limits.min), static_cast<float>(limits.max)));
    }
}

template <typename T> Tensor quantizedAs(const Tensor &weight, const TensorPlan &plan)
{
    Tensor result(plan.scheme.type, weight.shape());
    const auto source = weight.floats();
    const auto target = result.mutableData<T>();
    const std::size_t inner = elementsPerChannel(weight.shape(), plan);
    if (plan.roundUp.size() == (source.size() + 7) / 8 && !plan.roundUp.empty()) {
        roundAsChosen<T>(source, plan, inner, target);
        return result;
    }
    const QuantLimits limits = limitsOf(plan.scheme);
    for (std::size_t begin = 0; begin < source.size(); begin += inner) {
        const std::size_t channel = begin / inner % plan.params.size();
        quantizeTo(source.subspan(begin, inner), plan.params[channel], limits, target.subspan(begin, inner));
    }
    return result;
}

} // namespace

std::size_t elementsPerChannel(const Shape &shape, const TensorPlan &plan)
{
    std::size_t inner = 1;
    for (std::size_t d = plan.axis ? static_cast<std::size_t>(*plan.axis) + 1 : 0; d < shape.size(); ++d)
        inner *= static_cast<std::size_t>(shape[d]);
    return std::max<std::size_t>(inner, 1);
}

Tensor quantizedConstant(const Tensor &weight, const TensorPlan &plan)
{
    return plan.scheme.type == DType::UInt8 ? quantizedAs<std::uint8_t>(weight, plan)
                                            : quantizedAs<std::int8_t>(weight, plan);
}

float lowerStep(float x, float scale)
{
    return std::floor(x / scale);
}

} // namespace qs
