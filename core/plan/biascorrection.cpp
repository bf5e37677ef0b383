// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/biascorrection.h"

#include "core/plan/weightvalues.h"

namespace qs {

std::vector<float> biasShift(const Tensor &weight, const TensorPlan &plan, const WeightLayout &layout,
                             std::span<const double> inputMeans)
{
    const Shape &shape = weight.shape();
    if (shape.size() < 2 || weight.size() == 0 || layout.groups < 1)
        return {};
    const std::int64_t outputs = shape[layout.inputFirst ? 1 : 0];
    const std::int64_t perGroup = shape[layout.inputFirst ? 0 : 1];
    const std::int64_t kernel = static_cast<std::int64_t>(weight.size()) / (outputs * perGroup);
    if (outputs % layout.groups != 0
        || perGroup * layout.groups != static_cast<std::int64_t>(inputMeans.size())
        || (plan.params.size() != 1 && static_cast<std::int64_t>(plan.params.size()) != outputs))
        return {};
    const Tensor integers = quantizedConstant(weight, plan);
    const auto values = weight.floats();
    std::vector<double> shift(static_cast<std::size_t>(outputs));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::int64_t row = static_cast<std::int64_t>(i) / kernel;
        const std::int64_t output = layout.inputFirst ? row % outputs : row / perGroup;
        const std::int64_t input = layout.inputFirst
            ? row / outputs
            : output / (outputs / layout.groups) * perGroup + row % perGroup;
        const ScaleZeroPoint params
            = plan.params[plan.params.size() > 1 ? static_cast<std::size_t>(output) : 0];
        const std::int32_t q = plan.scheme.type == DType::UInt8 ? integers.data<std::uint8_t>()[i]
                                                                : integers.data<std::int8_t>()[i];
        const double error = static_cast<double>(dequantize(q, params)) - static_cast<double>(values[i]);
        shift[static_cast<std::size_t>(output)] -= error * inputMeans[static_cast<std::size_t>(input)];
    }
    return {shift.begin(), shift.end()};
}

} // namespace qs
