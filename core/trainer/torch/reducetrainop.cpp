// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

#include <algorithm>
#include <numeric>

namespace qs {
namespace {

using Values = std::vector<at::Tensor>;
using Axes = std::vector<std::int64_t>;

/// The axes to reduce: an attribute before opset 13 (ReduceSum) or 18 (the others), an input from then on;
/// all where they are left out, but for noop_with_empty_axes. In ascending order.
c10::optional<Axes> axesOf(const TrainCall &call)
{
    const std::int64_t rank = call.in(0).dim();
    Axes axes = call.intsOrList(1, "axes");
    if (axes.empty() && call.integer("noop_with_empty_axes", 0) != 0)
        return c10::nullopt;
    for (std::int64_t &axis : axes)
        axis = TrainCall::axisOf(axis, rank);
    if (axes.empty()) {
        axes.resize(static_cast<std::size_t>(rank));
        std::iota(axes.begin(), axes.end(), 0);
    }
    std::sort(axes.begin(), axes.end());
    return axes;
}

using Reduction = at::Tensor (*)(const at::Tensor &x, const Axes &axes, bool keep);

template <Reduction function> Values reduce(const TrainCall &call)
{
    const auto axes = axesOf(call);
    if (!axes || axes->empty()) // a scalar is a sum of one number
        return {function(call.in(0).unsqueeze(0), {0}, false)};
    return {function(call.in(0), *axes, call.integer("keepdims", 1) != 0)};
}

at::Tensor sum(const at::Tensor &x, const Axes &axes, bool keep)
{
    return at::sum(x, axes, keep, x.scalar_type());
}

at::Tensor mean(const at::Tensor &x, const Axes &axes, bool keep)
{
    return at::mean(x, axes, keep);
}

at::Tensor largest(const at::Tensor &x, const Axes &axes, bool keep)
{
    return at::amax(x, axes, keep);
}

at::Tensor smallest(const at::Tensor &x, const Axes &axes, bool keep)
{
    return at::amin(x, axes, keep);
}

at::Tensor product(const at::Tensor &x, const Axes &axes, bool keep)
{
    at::Tensor result = x;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis)
        result = at::prod(result, *axis, keep, x.scalar_type());
    return result;
}

at::Tensor sumOfSquares(const at::Tensor &x, const Axes &axes, bool keep)
{
    return sum(x * x, axes, keep);
}

at::Tensor norm1(const at::Tensor &x, const Axes &axes, bool keep)
{
    return sum(x.abs(), axes, keep);
}

at::Tensor norm2(const at::Tensor &x, const Axes &axes, bool keep)
{
    return sumOfSquares(x, axes, keep).sqrt();
}

at::Tensor logSum(const at::Tensor &x, const Axes &axes, bool keep)
{
    return sum(x, axes, keep).log();
}

at::Tensor logSumExp(const at::Tensor &x, const Axes &axes, bool keep)
{
    return at::logsumexp(x, axes, keep);
}

/// Of several largest numbers the first, or the last with select_last_index.
template <at::Tensor (*function)(const at::Tensor &x, c10::optional<std::int64_t> axis, bool keep)>
Values place(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const std::int64_t axis = TrainCall::axisOf(call.integer("axis", 0), x.dim());
    const bool keep = call.integer("keepdims", 1) != 0;
    if (call.integer("select_last_index", 0) == 0)
        return {function(x, axis, keep)};
    return {x.size(axis) - 1 - function(x.flip({axis}), axis, keep)};
}

/// Running sums; without the element itself under exclusive, from the end under reverse.
Values cumulativeSum(const TrainCall &call)
{
    const std::int64_t axis = TrainCall::axisOf(call.ints(1).at(0), call.in(0).dim());
    const bool reverse = call.integer("reverse", 0) != 0;
    const at::Tensor x = reverse ? call.in(0).flip({axis}) : call.in(0);
    at::Tensor sums = at::cumsum(x, axis, x.scalar_type());
    if (call.integer("exclusive", 0) != 0)
        sums = sums - x;
    return {reverse ? sums.flip({axis}) : sums};
}

} // namespace

void register_reducetrainop(TrainOps &ops)
{
    ops["ReduceSum"] = reduce<sum>;
    ops["ReduceMean"] = reduce<mean>;
    ops["ReduceMax"] = reduce<largest>;
    ops["ReduceMin"] = reduce<smallest>;
    ops["ReduceProd"] = reduce<product>;
    ops["ReduceSumSquare"] = reduce<sumOfSquares>;
    ops["ReduceL1"] = reduce<norm1>;
    ops["ReduceL2"] = reduce<norm2>;
    ops["ReduceLogSum"] = reduce<logSum>;
    ops["ReduceLogSumExp"] = reduce<logSumExp>;
    ops["ArgMax"] = place<at::argmax>;
    ops["ArgMin"] = place<at::argmin>;
    ops["CumSum"] = cumulativeSum;
}

} // namespace qs
