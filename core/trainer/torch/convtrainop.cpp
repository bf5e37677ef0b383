// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/slidingwindow.h"

namespace qs {
namespace {

using List = SlidingWindow::List;

List kernelOf(const at::Tensor &w)
{
    TORCH_CHECK(w.dim() > 2, "a kernel of ", w.dim(), " dimensions");
    return w.sizes().slice(2).vec();
}

std::int64_t groupsOf(const TrainCall &call)
{
    const std::int64_t groups = call.integer("group", 1);
    TORCH_CHECK(groups > 0, "group is not positive");
    return groups;
}

std::vector<at::Tensor> conv(const TrainCall &call)
{
    const at::Tensor &w = call.in(1);
    SlidingWindow window(call, kernelOf(w));
    window.setPadding(call, call.in(0));
    const bool inside = window.isSymmetric(); // the kernel can pad by itself
    const at::Tensor x = inside ? call.in(0) : padded(call.in(0), window.begin, window.end);
    const List none(window.dims());
    const at::Tensor bias = call.has(2) ? call.in(2) : at::Tensor();
    return {at::convolution(x, w, bias, window.strides, inside ? window.begin : none, window.dilations, false,
                            none, groupsOf(call))};
}

/// The padding that cuts ConvTranspose's result to output_shape, or to input · stride under auto_pad SAME_*:
/// total = stride · (input - 1) + output_padding + reach - wanted, whose odd one goes to the end under
/// SAME_UPPER and to the beginning otherwise.
void setTransposedPadding(const TrainCall &call, const at::Tensor &x, const List &extra,
                          SlidingWindow &window)
{
    const std::string automatic = call.text("auto_pad", "NOTSET");
    List wanted = call.list("output_shape");
    if (wanted.size() == window.dims() + 2) // some exporters name batch and channels, too
        wanted.erase(wanted.begin(), wanted.begin() + 2);
    const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
    if (wanted.empty() && !same) {
        window.setPadding(call, x);
        return;
    }
    TORCH_CHECK(static_cast<std::size_t>(x.dim()) == window.dims() + 2, "the kernel does not fit the input");
    TORCH_CHECK(wanted.empty() || wanted.size() == window.dims(), "output_shape does not fit the kernel");
    for (std::size_t d = 0; d < window.dims(); ++d) {
        const std::int64_t size = x.size(static_cast<std::int64_t>(d) + 2);
        const std::int64_t out = wanted.empty() ? size * window.strides[d] : wanted[d];
        TORCH_CHECK(out > 0 && out < SlidingWindow::kLargest, "an output of ", out, " elements");
        const std::int64_t total = window.strides[d] * (size - 1) + extra[d] + window.reach(d) - out;
        window.begin[d] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
        window.end[d] = total - window.begin[d];
    }
}

std::vector<at::Tensor> convTranspose(const TrainCall &call)
{
    const at::Tensor &w = call.in(1);
    SlidingWindow window(call, kernelOf(w));
    const List none(window.dims());
    List extra = call.list("output_padding");
    if (extra.empty())
        extra = none;
    TORCH_CHECK(extra.size() == window.dims()
                    && std::all_of(extra.begin(), extra.end(),
                                   [](std::int64_t e) { return e >= 0 && e < SlidingWindow::kLargest; }),
                "output_padding does not fit the kernel");
    setTransposedPadding(call, call.in(0), extra, window);
    const bool inside = window.isSymmetric()
        && std::all_of(window.begin.begin(), window.begin.end(), [](std::int64_t pad) { return pad >= 0; });
    const at::Tensor y = at::convolution(call.in(0), w, {}, window.strides, inside ? window.begin : none,
                                         window.dilations, true, extra, groupsOf(call));
    const auto negative = [](List list) {
        for (std::int64_t &number : list)
            number = -number;
        return list;
    };
    const at::Tensor cut = inside ? y : padded(y, negative(window.begin), negative(window.end));
    if (!call.has(2))
        return {cut};
    List channels(window.dims() + 1, 1);
    channels[0] = -1;
    return {cut + call.in(2).reshape(channels)};
}

} // namespace

void register_convtrainop(TrainOps &ops)
{
    ops["Conv"] = conv;
    ops["ConvTranspose"] = convTranspose;
}

} // namespace qs
