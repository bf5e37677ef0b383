// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

#include <limits>

namespace qs {
namespace {

using Values = std::vector<at::Tensor>;

/// Limits are inputs from opset 11 on and attributes before; nothing learns them.
Values clip(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    c10::optional<at::Scalar> low;
    c10::optional<at::Scalar> high;
    if (call.has(1))
        low = call.in(1).item();
    else if (call.hasAttribute("min"))
        low = call.real("min", 0);
    if (call.has(2))
        high = call.in(2).item();
    else if (call.hasAttribute("max"))
        high = call.real("max", 0);
    return {low || high ? x.clamp(low, high) : x};
}

/// The slope has its own broadcasting: from the right, to x.
Values prelu(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    return {at::where(x < 0, x * call.in(1), x)};
}

Values gelu(const TrainCall &call)
{
    return {at::gelu(call.in(0), call.text("approximate", "none"))};
}

Values hardSigmoid(const TrainCall &call)
{
    return {(call.in(0) * call.real("alpha", 0.2) + call.real("beta", 0.5)).clamp(0, 1)};
}

Values hardSwish(const TrainCall &call)
{
    return {call.in(0) * (call.in(0) / 6 + 0.5).clamp(0, 1)};
}

/// gamma · (x, or alpha · (exp(x) - 1) below 0); the defaults are those of Klambauer et al. 2017.
Values selu(const TrainCall &call)
{
    const double alpha = call.real("alpha", 1.67326319217681884765625);
    const double gamma = call.real("gamma", 1.05070102214813232421875);
    return {at::elu(call.in(0), alpha) * gamma};
}

} // namespace

void register_activationtrainop(TrainOps &ops)
{
    ops["Relu"] = [](const TrainCall &call) -> Values { return {call.in(0).relu()}; };
    ops["LeakyRelu"] = [](const TrainCall &call) -> Values {
        return {at::leaky_relu(call.in(0), call.real("alpha", 0.01))};
    };
    ops["PRelu"] = prelu;
    ops["Elu"] = [](const TrainCall &call) -> Values { return {at::elu(call.in(0), call.real("alpha", 1))}; };
    ops["Celu"]
        = [](const TrainCall &call) -> Values { return {at::celu(call.in(0), call.real("alpha", 1))}; };
    ops["Selu"] = selu;
    ops["Clip"] = clip;
    ops["HardSigmoid"] = hardSigmoid;
    ops["HardSwish"] = hardSwish;
    ops["Sigmoid"] = [](const TrainCall &call) -> Values { return {call.in(0).sigmoid()}; };
    ops["Tanh"] = [](const TrainCall &call) -> Values { return {call.in(0).tanh()}; };
    ops["Softplus"] = [](const TrainCall &call) -> Values { return {at::softplus(call.in(0))}; };
    ops["Softsign"] = [](const TrainCall &call) -> Values { return {call.in(0) / (call.in(0).abs() + 1)}; };
    ops["Mish"] = [](const TrainCall &call) -> Values { return {at::mish(call.in(0))}; };
    ops["Gelu"] = gelu;
    ops["com.microsoft.Gelu"] = gelu;
}

} // namespace qs
