// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

namespace qs {
namespace {

using Values = std::vector<at::Tensor>;
using Pair = at::Tensor (*)(const at::Tensor &a, const at::Tensor &b);
using Single = at::Tensor (*)(const at::Tensor &x);

template <Pair function> Values two(const TrainCall &call)
{
    return {function(call.in(0), call.in(1))};
}

template <Single function> Values one(const TrainCall &call)
{
    return {function(call.in(0))};
}

/// Min, Max, Sum: any number of inputs.
template <Pair function> Values several(const TrainCall &call)
{
    at::Tensor result = call.in(0);
    for (std::size_t i = 1; i < call.inputs.size(); ++i)
        result = function(result, call.in(i));
    return {result};
}

at::Tensor add(const at::Tensor &a, const at::Tensor &b)
{
    return a + b;
}

at::Tensor subtract(const at::Tensor &a, const at::Tensor &b)
{
    return a - b;
}

at::Tensor multiply(const at::Tensor &a, const at::Tensor &b)
{
    return a * b;
}

/// Integers lose what is behind the point, as in C++.
at::Tensor divide(const at::Tensor &a, const at::Tensor &b)
{
    return a.is_floating_point() ? a / b : at::div(a, b, "trunc");
}

/// The result has the type of the base. One exponent for all that is not learned is quicker as a number.
at::Tensor power(const at::Tensor &base, const at::Tensor &exponent)
{
    const bool fixed = exponent.dim() == 0 || (exponent.numel() == 1 && exponent.dim() <= base.dim());
    const at::Tensor result
        = fixed && !exponent.requires_grad() ? base.pow(exponent.item()) : base.pow(exponent);
    return result.to(base.scalar_type());
}

Values mean(const TrainCall &call)
{
    return {several<add>(call)[0] / static_cast<double>(call.inputs.size())};
}

/// The sign is the divisor's, or the dividend's with fmod.
Values modulo(const TrainCall &call)
{
    return {call.integer("fmod", 0) != 0 ? at::fmod(call.in(0), call.in(1))
                                         : at::remainder(call.in(0), call.in(1))};
}

} // namespace

void register_arithmetictrainop(TrainOps &ops)
{
    ops["Add"] = two<add>;
    ops["Sub"] = two<subtract>;
    ops["Mul"] = two<multiply>;
    ops["Div"] = two<divide>;
    ops["Pow"] = two<power>;
    ops["Mod"] = modulo;
    ops["Min"] = several<at::minimum>;
    ops["Max"] = several<at::maximum>;
    ops["Sum"] = several<add>;
    ops["Mean"] = mean;

    ops["Abs"] = one<at::abs>;
    ops["Neg"] = one<at::neg>;
    ops["Reciprocal"] = one<at::reciprocal>;
    ops["Sqrt"] = one<at::sqrt>;
    ops["Exp"] = one<at::exp>;
    ops["Log"] = one<at::log>;
    ops["Erf"] = one<at::erf>;
    ops["Sin"] = one<at::sin>;
    ops["Cos"] = one<at::cos>;
    // Steps: no gradient passes through them.
    ops["Floor"] = one<at::floor>;
    ops["Ceil"] = one<at::ceil>;
    ops["Round"] = one<at::round>; // half to even, like ONNX
    ops["Sign"] = one<at::sign>;
}

} // namespace qs
