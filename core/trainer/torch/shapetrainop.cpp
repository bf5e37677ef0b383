// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

#include <algorithm>
#include <numeric>

namespace qs {
namespace {

using Values = std::vector<at::Tensor>;
using List = std::vector<std::int64_t>;

Values flatten(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const std::int64_t axis = call.integer("axis", 1);
    const std::int64_t split = axis < 0 ? axis + x.dim() : axis;
    TORCH_CHECK(split >= 0 && split <= x.dim(), "axis ", axis, " of ", x.dim());
    const auto sizes = x.sizes();
    const auto product = [](at::IntArrayRef part) {
        return std::accumulate(part.begin(), part.end(), std::int64_t {1}, std::multiplies<>());
    };
    const auto at = static_cast<std::size_t>(split);
    return {x.reshape({product(sizes.slice(0, at)), product(sizes.slice(at))})};
}

/// 0 takes the size that was there, but for allowzero (opset 14); -1 what is left.
Values reshape(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    List shape = call.ints(1);
    const bool allowZero = call.integer("allowzero", 0) != 0;
    for (std::size_t d = 0; d < shape.size() && !allowZero; ++d) {
        if (shape[d] != 0)
            continue;
        TORCH_CHECK(static_cast<std::int64_t>(d) < x.dim(), "there is no dimension ", d, " to take over");
        shape[d] = x.size(static_cast<std::int64_t>(d));
    }
    return {x.reshape(shape)};
}

Values transpose(const TrainCall &call)
{
    List order = call.list("perm");
    for (std::int64_t d = call.in(0).dim(); d-- > 0 && !call.hasAttribute("perm");)
        order.push_back(d);
    return {call.in(0).permute(order)};
}

/// Axes are an input from opset 13 on and an attribute before, in ascending order here.
List axesOf(const TrainCall &call, std::int64_t rank)
{
    List axes = call.intsOrList(1, "axes");
    for (std::int64_t &axis : axes)
        axis = TrainCall::axisOf(axis, rank);
    std::sort(axes.begin(), axes.end());
    return axes;
}

Values squeeze(const TrainCall &call)
{
    at::Tensor x = call.in(0);
    const bool all = !call.has(1) && !call.hasAttribute("axes");
    if (all)
        return {x.squeeze()};
    const List axes = axesOf(call, x.dim());
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
        TORCH_CHECK(x.size(*axis) == 1, "axis ", *axis, " has ", x.size(*axis), " elements");
        x = x.squeeze(*axis);
    }
    return {x};
}

Values unsqueeze(const TrainCall &call)
{
    at::Tensor x = call.in(0);
    const auto added = static_cast<std::int64_t>(call.intsOrList(1, "axes").size());
    for (const std::int64_t axis : axesOf(call, x.dim() + added))
        x = x.unsqueeze(axis);
    return {x};
}

/// Both ways: a 1 in the wanted shape keeps the size that is there.
Values expand(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    return {x.expand(at::infer_size(x.sizes(), call.ints(1)))};
}

Values concat(const TrainCall &call)
{
    Values parts;
    for (std::size_t i = 0; i < call.inputs.size(); ++i)
        parts.push_back(call.in(i));
    return {at::cat(parts, TrainCall::axisOf(call.integer("axis", 0), parts.at(0).dim()))};
}

/// Sizes are an input from opset 13 on and an attribute before. Without them the parts are alike, but for the
/// last, which may be smaller (opset 18).
Values split(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const std::int64_t axis = TrainCall::axisOf(call.integer("axis", 0), x.dim());
    List sizes = call.intsOrList(1, "split");
    if (sizes.empty()) {
        const auto parts = std::max<std::int64_t>(static_cast<std::int64_t>(call.node.outputs.size()), 1);
        std::int64_t left = x.size(axis);
        const std::int64_t each = (left + parts - 1) / parts;
        for (std::int64_t p = 0; p < parts; ++p) {
            sizes.push_back(std::min(each, left));
            left -= sizes.back();
        }
    }
    return x.split_with_sizes(sizes, axis);
}

/// Channels to blocks of blocksize · blocksize: DCR takes them from the outer part of the channels, CRD from
/// the inner one.
Values depthToSpace(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const std::int64_t b = call.integer("blocksize", 1);
    TORCH_CHECK(x.dim() == 4 && b > 0 && b <= x.size(1) && x.size(1) % (b * b) == 0,
                "blocksize does not fit");
    const std::int64_t c = x.size(1) / (b * b);
    const bool inner = call.text("mode", "DCR") == "CRD";
    const at::Tensor blocks = inner
        ? x.reshape({x.size(0), c, b, b, x.size(2), x.size(3)}).permute({0, 1, 4, 2, 5, 3})
        : x.reshape({x.size(0), b, b, c, x.size(2), x.size(3)}).permute({0, 3, 4, 1, 5, 2});
    return {blocks.reshape({x.size(0), c, x.size(2) * b, x.size(3) * b})};
}

Values spaceToDepth(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const std::int64_t b = call.integer("blocksize", 1);
    TORCH_CHECK(x.dim() == 4 && b > 0 && x.size(2) % b == 0 && x.size(3) % b == 0, "blocksize does not fit");
    return {x.reshape({x.size(0), x.size(1), x.size(2) / b, b, x.size(3) / b, b})
                .permute({0, 3, 5, 1, 2, 4})
                .reshape({x.size(0), x.size(1) * b * b, x.size(2) / b, x.size(3) / b})};
}

/// Nothing is dropped: what is trained is what will be deployed.
Values dropout(const TrainCall &call)
{
    return {call.in(0), at::ones_like(call.in(0), at::TensorOptions(at::kBool))};
}

} // namespace

void register_shapetrainop(TrainOps &ops)
{
    ops["Flatten"] = flatten;
    ops["Reshape"] = reshape;
    ops["Transpose"] = transpose;
    ops["Squeeze"] = squeeze;
    ops["Unsqueeze"] = unsqueeze;
    ops["Expand"] = expand;
    ops["Tile"] = [](const TrainCall &call) -> Values { return {call.in(0).repeat(call.ints(1))}; };
    ops["Concat"] = concat;
    ops["Split"] = split;
    ops["DepthToSpace"] = depthToSpace;
    ops["SpaceToDepth"] = spaceToDepth;
    ops["Identity"] = [](const TrainCall &call) -> Values { return {call.in(0)}; };
    ops["Dropout"] = dropout;
}

} // namespace qs
