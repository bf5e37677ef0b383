// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

namespace qs {
namespace {

std::vector<at::Tensor> flatten(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const std::int64_t axis = call.integer("axis", 1);
    const std::int64_t split = axis < 0 ? axis + x.dim() : axis;
    std::int64_t rows = 1;
    for (std::int64_t d = 0; d < split; ++d)
        rows *= x.size(d);
    return {x.reshape({rows, -1})};
}

/// starts, ends, axes and steps are inputs from opset 10 on and attributes before.
std::vector<at::Tensor> slice(const TrainCall &call)
{
    at::Tensor x = call.in(0);
    const bool old = call.hasAttribute("starts");
    const auto starts = old ? call.list("starts") : call.ints(1);
    const auto ends = old ? call.list("ends") : call.ints(2);
    std::vector<std::int64_t> axes = old ? call.list("axes") : std::vector<std::int64_t> {};
    if (call.has(3))
        axes = call.ints(3);
    const auto steps = call.has(4) ? call.ints(4) : std::vector<std::int64_t>(starts.size(), 1);
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::int64_t axis
            = TrainCall::axisOf(axes.empty() ? static_cast<std::int64_t>(i) : axes[i], x.dim());
        const std::int64_t size = x.size(axis);
        if (steps[i] < 0) {
            // Backwards: turn the axis round, then count from its other end.
            const auto clampTo = [&](std::int64_t at, std::int64_t low) {
                return std::clamp(at < 0 ? at + size : at, low, size - 1);
            };
            const std::int64_t first = size - 1 - clampTo(starts[i], 0);
            const std::int64_t last = ends[i] < -size ? size : size - 1 - clampTo(ends[i], -1);
            x = x.flip({axis}).slice(axis, first, std::max(first, last), -steps[i]);
        } else {
            x = x.slice(axis, starts[i], ends[i], steps[i]);
        }
    }
    return {x};
}

/// Pads are an input from opset 11 on and an attribute before.
std::vector<at::Tensor> pad(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const auto pads = call.has(1) ? call.ints(1) : call.list("pads");
    const std::string mode = call.text("mode", "constant");
    TORCH_CHECK(mode == "constant", "mode ", mode, " is not known");
    TORCH_CHECK(!call.has(3), "axes are not known");
    const auto rank = static_cast<std::size_t>(x.dim());
    TORCH_CHECK(pads.size() == 2 * rank, "pads do not fit");
    const double value = call.has(2) ? call.in(2).item<double>() : call.real("value", 0);
    std::vector<std::int64_t> backwards; // last dimension first
    for (std::size_t d = rank; d-- > 0;) {
        backwards.push_back(pads[d]);
        backwards.push_back(pads[d + rank]);
    }
    return {at::constant_pad_nd(x, backwards, value)};
}

} // namespace

void register_shapetrainop(TrainOps &ops)
{
    ops["Flatten"] = flatten;
    ops["Slice"] = slice;
    ops["Pad"] = pad;
}

} // namespace qs
