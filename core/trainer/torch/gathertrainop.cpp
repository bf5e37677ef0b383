// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

#include <algorithm>

namespace qs {
namespace {

using Values = std::vector<at::Tensor>;
using List = std::vector<std::int64_t>;

/// Indices may count from the end.
at::Tensor fromFront(const at::Tensor &indices, std::int64_t size)
{
    const at::Tensor places = indices.to(at::kLong);
    return at::where(places < 0, places + size, places);
}

Values gather(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const at::Tensor &indices = call.in(1);
    const std::int64_t axis = TrainCall::axisOf(call.integer("axis", 0), x.dim());
    List shape = x.sizes().vec();
    shape.erase(shape.begin() + axis);
    shape.insert(shape.begin() + axis, indices.sizes().begin(), indices.sizes().end());
    return {x.index_select(axis, fromFront(indices, x.size(axis)).flatten()).reshape(shape)};
}

Values gatherElements(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const std::int64_t axis = TrainCall::axisOf(call.integer("axis", 0), x.dim());
    return {x.gather(axis, fromFront(call.in(1), x.size(axis)))};
}

/// starts, ends, axes and steps are inputs from opset 10 on and attributes before.
Values slice(const TrainCall &call)
{
    at::Tensor x = call.in(0);
    const List starts = call.intsOrList(1, "starts");
    const List ends = call.intsOrList(2, "ends");
    const List axes = call.intsOrList(3, "axes");
    const List steps = call.has(4) ? call.ints(4) : List(starts.size(), 1);
    TORCH_CHECK(ends.size() == starts.size() && steps.size() == starts.size()
                    && (axes.empty() || axes.size() == starts.size()),
                "starts, ends, axes and steps do not fit");
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::int64_t axis
            = TrainCall::axisOf(axes.empty() ? static_cast<std::int64_t>(i) : axes[i], x.dim());
        const std::int64_t size = x.size(axis);
        TORCH_CHECK(steps[i] != 0, "a step of 0");
        // Of either direction the first place and the one behind the last, within what there is.
        const bool back = steps[i] < 0;
        const auto bounded = [&](std::int64_t at) {
            return std::clamp(at < 0 ? at + size : at, std::int64_t {back ? -1 : 0}, back ? size - 1 : size);
        };
        std::int64_t first = bounded(std::max(starts[i], -size - 1));
        std::int64_t last = bounded(std::max(ends[i], -size - 1));
        if (back) { // turn the axis round, then count from its other end
            x = x.flip({axis});
            first = size - 1 - first;
            last = size - 1 - last;
        }
        x = x.slice(axis, first, std::max(first, last),
                    std::min(std::abs(std::max(steps[i], -size - 1)), std::max(size, std::int64_t {1})));
    }
    return {x};
}

constexpr std::int64_t kLargest = std::int64_t {1} << 24; ///< pad; damaged files ask for more

/// Where in 0 … \a size - 1 element \a at of a padded axis comes from.
std::int64_t sourceOf(std::int64_t at, std::int64_t size, const std::string &mode)
{
    if (mode == "edge")
        return std::clamp<std::int64_t>(at, 0, size - 1);
    if (mode == "wrap")
        return (at % size + size) % size;
    const std::int64_t period = std::max<std::int64_t>(1, 2 * (size - 1)); // reflect
    const std::int64_t place = (at % period + period) % period;
    return place < size ? place : period - place;
}

/// Pads and value are inputs from opset 11 on and attributes before; axes (opset 18) say which dimensions the
/// pads are of. The value is not learned.
Values pad(const TrainCall &call)
{
    at::Tensor x = call.in(0);
    const std::string mode = call.text("mode", "constant");
    TORCH_CHECK(mode == "constant" || mode == "reflect" || mode == "edge" || mode == "wrap", "mode ", mode,
                " is not known");
    const List pads = call.intsOrList(1, "pads");
    List axes;
    if (call.has(3))
        axes = call.ints(3);
    for (std::int64_t d = 0; d < x.dim() && !call.has(3); ++d)
        axes.push_back(d);
    TORCH_CHECK(pads.size() == 2 * axes.size(), "pads do not fit");
    TORCH_CHECK(
        std::all_of(pads.begin(), pads.end(), [](std::int64_t p) { return p > -kLargest && p < kLargest; }),
        "pads are too large");
    const auto rank = static_cast<std::size_t>(x.dim());
    List backwards(2 * rank); // as constant_pad_nd() wants them: the last dimension first
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const auto d = static_cast<std::size_t>(TrainCall::axisOf(axes[i], x.dim()));
        backwards[2 * (rank - 1 - d)] = pads[i];
        backwards[2 * (rank - 1 - d) + 1] = pads[i + axes.size()];
    }
    if (mode == "constant")
        return {at::constant_pad_nd(x, backwards,
                                    call.has(2) ? call.in(2).item() : at::Scalar(call.real("value", 0)))};
    for (std::size_t d = 0; d < rank; ++d) {
        const auto axis = static_cast<std::int64_t>(d);
        const std::int64_t begin = backwards[2 * (rank - 1 - d)];
        const std::int64_t end = backwards[2 * (rank - 1 - d) + 1];
        if (begin == 0 && end == 0)
            continue;
        const std::int64_t size = x.size(axis);
        TORCH_CHECK(size > 0, "nothing to repeat along axis ", axis);
        List places;
        for (std::int64_t at = -begin; at < size + end; ++at)
            places.push_back(sourceOf(at, size, mode));
        x = x.index_select(axis, at::tensor(places, at::kLong));
    }
    return {x};
}

/// The upper or lower triangle of the last two dimensions, moved by k.
Values triangle(const TrainCall &call)
{
    const std::int64_t k = call.has(1) ? call.ints(1).at(0) : 0;
    return {call.integer("upper", 1) != 0 ? call.in(0).triu(k) : call.in(0).tril(k)};
}

} // namespace

void register_gathertrainop(TrainOps &ops)
{
    ops["Gather"] = gather;
    ops["GatherElements"] = gatherElements;
    ops["Slice"] = slice;
    ops["Pad"] = pad;
    ops["Trilu"] = triangle;
}

} // namespace qs
