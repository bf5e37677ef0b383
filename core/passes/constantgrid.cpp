// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/constantgrid.h"

#include "core/plan/weightvalues.h"

#include <algorithm>

namespace qs {
namespace {

/// 16 bits: operands of additions and products only, so speed is no matter.
template <typename T>
void quantizeTo(std::span<const float> x, ScaleZeroPoint params, QuantLimits limits, std::span<T> q)
{
    std::ranges::transform(x, q.begin(),
                           [&](float v) { return static_cast<T>(quantize(v, params, limits)); });
}

template <typename T> Tensor quantizeAs(const Tensor &constant, const TensorPlan &plan)
{
    Tensor result(plan.scheme.type, constant.shape());
    const auto source = constant.floats();
    const auto target = result.mutableData<T>();
    const QuantLimits limits = limitsOf(plan.scheme);
    if (!plan.axis) {
        quantizeTo(source, plan.params[0], limits, target);
        return result;
    }
    std::size_t inner = 1;
    for (std::size_t d = static_cast<std::size_t>(*plan.axis) + 1; d < constant.shape().size(); ++d)
        inner *= static_cast<std::size_t>(constant.shape()[d]);
    for (std::size_t begin = 0; begin < source.size(); begin += inner) {
        const std::size_t channel = begin / inner % plan.params.size();
        quantizeTo(source.subspan(begin, inner), plan.params[channel], limits, target.subspan(begin, inner));
    }
    return result;
}

} // namespace

Tensor quantizeConstant(const Tensor &constant, const TensorPlan &plan)
{
    if (!plan.roundUp.empty())
        return quantizedConstant(constant, plan);
    switch (plan.scheme.type) {
    case DType::UInt8:
        return quantizeAs<std::uint8_t>(constant, plan);
    case DType::UInt16:
        return quantizeAs<std::uint16_t>(constant, plan);
    case DType::Int16:
        return quantizeAs<std::int16_t>(constant, plan);
    default:
        return quantizeAs<std::int8_t>(constant, plan);
    }
}

} // namespace qs
