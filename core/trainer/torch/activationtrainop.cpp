// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

#include <limits>

namespace qs {
namespace {

/// Limits are inputs from opset 11 on and attributes before.
std::vector<at::Tensor> clip(const TrainCall &call)
{
    constexpr double kAll = std::numeric_limits<double>::infinity();
    const double low = call.has(1) ? call.in(1).item<double>() : call.real("min", -kAll);
    const double high = call.has(2) ? call.in(2).item<double>() : call.real("max", kAll);
    return {call.in(0).clamp(low, high)};
}

} // namespace

void register_activationtrainop(TrainOps &ops)
{
    ops["Relu"] = [](const TrainCall &call) -> std::vector<at::Tensor> { return {call.in(0).relu()}; };
    ops["Clip"] = clip;
}

} // namespace qs
