// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/slidingwindow.h"

#include <algorithm>

namespace qs {
namespace {

SlidingWindow::List orOnes(SlidingWindow::List list, std::size_t dims, const char *name)
{
    TORCH_CHECK(list.empty() || list.size() == dims, name, " does not fit the kernel");
    return list.empty() ? SlidingWindow::List(dims, 1) : list;
}

} // namespace

SlidingWindow::SlidingWindow(const TrainCall &call, List kernelShape)
    : kernel(std::move(kernelShape))
    , strides(orOnes(call.list("strides"), kernel.size(), "strides"))
    , dilations(orOnes(call.list("dilations"), kernel.size(), "dilations"))
    , begin(kernel.size())
    , end(kernel.size())
{
    const auto isPositive = [](std::int64_t number) { return number > 0 && number < kLargest; };
    for (const List &list : {kernel, strides, dilations})
        TORCH_CHECK(std::all_of(list.begin(), list.end(), isPositive),
                    "a kernel or step is not positive, or too large");
}

void SlidingWindow::setPadding(const TrainCall &call, const at::Tensor &x)
{
    TORCH_CHECK(static_cast<std::size_t>(x.dim()) == dims() + 2, "the kernel does not fit the input");
    const std::string automatic = call.text("auto_pad", "NOTSET");
    if (automatic == "VALID")
        return;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
        for (std::size_t d = 0; d < dims(); ++d) {
            const std::int64_t size = x.size(static_cast<std::int64_t>(d) + 2);
            const std::int64_t out = (size + strides[d] - 1) / strides[d];
            const std::int64_t total = std::max<std::int64_t>(0, (out - 1) * strides[d] + reach(d) - size);
            begin[d] = automatic == "SAME_UPPER" ? total / 2 : (total + 1) / 2;
            end[d] = total - begin[d];
        }
        return;
    }
    const List pads = call.list("pads");
    TORCH_CHECK(pads.empty() || pads.size() == 2 * dims(), "pads do not fit the kernel");
    TORCH_CHECK(std::all_of(pads.begin(), pads.end(),
                            [](std::int64_t pad) { return pad > -kLargest && pad < kLargest; }),
                "pads are too large");
    for (std::size_t d = 0; d < dims() && !pads.empty(); ++d) {
        begin[d] = pads[d];
        end[d] = pads[d + dims()];
    }
}

at::Tensor padded(const at::Tensor &x, const std::vector<std::int64_t> &begin,
                  const std::vector<std::int64_t> &end, double value)
{
    const auto isZero = [](std::int64_t pad) { return pad == 0; };
    if (std::all_of(begin.begin(), begin.end(), isZero) && std::all_of(end.begin(), end.end(), isZero))
        return x;
    std::vector<std::int64_t> pads; // constant_pad_nd() wants the last dimension first
    for (std::size_t d = begin.size(); d-- > 0;) {
        pads.push_back(begin[d]);
        pads.push_back(end[d]);
    }
    return at::constant_pad_nd(x, pads, value);
}

} // namespace qs
