// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

namespace qs {
namespace {

/// ONNX's pads [begin…, end…] of \a dims spatial dimensions; from auto_pad where that is set.
struct Padding
{
    std::vector<std::int64_t> begin, end;
    bool symmetric() const { return begin == end; }
};

std::vector<std::int64_t> orOnes(std::vector<std::int64_t> list, std::size_t dims)
{
    return list.empty() ? std::vector<std::int64_t>(dims, 1) : list;
}

Padding paddingOf(const TrainCall &call, const at::Tensor &x, const at::Tensor &kernel,
                  const std::vector<std::int64_t> &strides, const std::vector<std::int64_t> &dilations)
{
    const std::size_t dims = strides.size();
    const std::string automatic = call.text("auto_pad", "NOTSET");
    Padding padding {std::vector<std::int64_t>(dims), std::vector<std::int64_t>(dims)};
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
        for (std::size_t d = 0; d < dims; ++d) {
            const std::int64_t size = x.size(static_cast<std::int64_t>(d) + 2);
            const std::int64_t reach = (kernel.size(static_cast<std::int64_t>(d) + 2) - 1) * dilations[d] + 1;
            const std::int64_t out = (size + strides[d] - 1) / strides[d];
            const std::int64_t total = std::max<std::int64_t>(0, (out - 1) * strides[d] + reach - size);
            padding.begin[d] = automatic == "SAME_UPPER" ? total / 2 : (total + 1) / 2;
            padding.end[d] = total - padding.begin[d];
        }
        return padding;
    }
    const std::vector<std::int64_t> pads = call.list("pads");
    TORCH_CHECK(pads.empty() || pads.size() == 2 * dims, "pads do not fit the kernel");
    for (std::size_t d = 0; d < dims && !pads.empty(); ++d) {
        padding.begin[d] = pads[d];
        padding.end[d] = pads[d + dims];
    }
    return padding;
}

/// constant_pad_nd() wants the last dimension first.
at::Tensor padded(const at::Tensor &x, const Padding &padding)
{
    std::vector<std::int64_t> pads;
    for (std::size_t d = padding.begin.size(); d-- > 0;) {
        pads.push_back(padding.begin[d]);
        pads.push_back(padding.end[d]);
    }
    return at::constant_pad_nd(x, pads);
}

std::vector<at::Tensor> conv(const TrainCall &call)
{
    const at::Tensor &w = call.in(1);
    const auto dims = static_cast<std::size_t>(w.dim() - 2);
    const auto strides = orOnes(call.list("strides"), dims);
    const auto dilations = orOnes(call.list("dilations"), dims);
    const Padding padding = paddingOf(call, call.in(0), w, strides, dilations);
    const bool inside = padding.symmetric();
    const at::Tensor x = inside ? call.in(0) : padded(call.in(0), padding);
    const at::Tensor bias = call.has(2) ? call.in(2) : at::Tensor();
    return {at::convolution(x, w, bias, strides, inside ? padding.begin : std::vector<std::int64_t>(dims),
                            dilations, false, std::vector<std::int64_t>(dims), call.integer("group", 1))};
}

} // namespace

void register_convtrainop(TrainOps &ops)
{
    ops["Conv"] = conv;
}

} // namespace qs
