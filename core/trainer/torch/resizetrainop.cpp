// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

using Values = std::vector<at::Tensor>;
using List = std::vector<std::int64_t>;

constexpr double kLargest = 1 << 24; ///< elements along one axis; damaged files ask for more

/// What Resize does along one axis. Coordinates are float32, as in ONNX Runtime, so that ties fall alike.
struct AxisResize
{
    std::int64_t axis = 0;
    std::int64_t from = 0; ///< sizes
    std::int64_t to = 0;
    float scale = 1.F;
};

/// Where element \a at of the result lies in the input (onnx/docs/Operators.md, Resize).
float coordinate(std::int64_t at, const AxisResize &resize, const std::string &mode)
{
    const auto x = static_cast<float>(at);
    const auto from = static_cast<float>(resize.from);
    const auto to = static_cast<float>(resize.to);
    if (mode == "asymmetric")
        return x / resize.scale;
    if (mode == "align_corners")
        return resize.to == 1 ? 0.F : x * (from - 1) / (to - 1);
    if (mode == "tf_half_pixel_for_nn") // opsets 11 and 12
        return (x + 0.5F) / resize.scale;
    if (mode == "pytorch_half_pixel" && resize.to == 1)
        return 0.F;
    const float half = (x + 0.5F) / resize.scale - 0.5F;
    if (mode == "half_pixel" || mode == "pytorch_half_pixel")
        return half;
    TORCH_CHECK(mode == "half_pixel_symmetric", "coordinate_transformation_mode ", mode, " is not known");
    // The sum is in double precision there, which matters where the result is nearly an integer.
    const float offset = from / 2 * (1 - to / (resize.scale * from));
    return static_cast<float>(double(offset) + (double(x) + 0.5) / double(resize.scale) - 0.5);
}

double nearest(double x, const std::string &mode)
{
    if (mode == "floor")
        return std::floor(x);
    if (mode == "ceil")
        return std::ceil(x);
    if (mode == "round_prefer_ceil")
        return std::floor(x + 0.5);
    TORCH_CHECK(mode == "round_prefer_floor", "nearest_mode ", mode, " is not known");
    return std::ceil(x - 0.5);
}

/// Whether \a places repeat each element the same number of times, the usual enlargement.
bool repeats(const List &places, const AxisResize &resize)
{
    const std::int64_t factor = resize.to / resize.from;
    if (factor * resize.from != resize.to)
        return false;
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i] != static_cast<std::int64_t>(i) / factor)
            return false;
    }
    return true;
}

at::Tensor pick(const at::Tensor &x, const List &places, const AxisResize &resize)
{
    if (!repeats(places, resize))
        return x.index_select(resize.axis, at::tensor(places, at::kLong));
    // Copies whose gradient is a plain sum.
    List wide = x.sizes().vec();
    wide.insert(wide.begin() + resize.axis + 1, resize.to / resize.from);
    return x.unsqueeze(resize.axis + 1).expand(wide).flatten(resize.axis, resize.axis + 1);
}

at::Tensor resizeNearest(const at::Tensor &x, const AxisResize &resize, const std::string &coordinates,
                         const std::string &rounding)
{
    List places;
    for (std::int64_t i = 0; i < resize.to; ++i) {
        const auto place
            = static_cast<std::int64_t>(nearest(double(coordinate(i, resize, coordinates)), rounding));
        places.push_back(std::clamp<std::int64_t>(place, 0, resize.from - 1));
    }
    return pick(x, places, resize);
}

at::Tensor resizeLinear(const at::Tensor &x, const AxisResize &resize, const std::string &coordinates)
{
    List lower;
    List upper;
    std::vector<double> shares;
    for (std::int64_t i = 0; i < resize.to; ++i) {
        const float place
            = std::clamp(coordinate(i, resize, coordinates), 0.F, static_cast<float>(resize.from - 1));
        lower.push_back(static_cast<std::int64_t>(place));
        upper.push_back(std::min(lower.back() + 1, resize.from - 1));
        shares.push_back(double(place) - double(lower.back()));
    }
    List along(static_cast<std::size_t>(x.dim()), 1);
    along[static_cast<std::size_t>(resize.axis)] = -1;
    const at::Tensor share = at::tensor(shares, at::kDouble).to(x.scalar_type()).reshape(along);
    const at::Tensor low = x.index_select(resize.axis, at::tensor(lower, at::kLong));
    const at::Tensor high = x.index_select(resize.axis, at::tensor(upper, at::kLong));
    return low + (high - low) * share;
}

/// Sizes where they are given, else input times scales, rounded down.
std::vector<AxisResize> axesOf(const TrainCall &call, std::size_t scalesInput, std::size_t sizesInput)
{
    const at::Tensor &x = call.in(0);
    List axes = call.list("axes"); // opset 18
    for (std::int64_t d = 0; d < x.dim() && !call.hasAttribute("axes"); ++d)
        axes.push_back(d);
    std::vector<float> scales;
    if (call.has(scalesInput)) {
        const at::Tensor given = call.in(scalesInput).to(at::kFloat).contiguous();
        scales.assign(given.data_ptr<float>(), given.data_ptr<float>() + given.numel());
    } else {
        scales = call.reals("scales"); // Upsample of opset 7
    }
    const List sizes = call.has(sizesInput) ? call.ints(sizesInput) : List();
    TORCH_CHECK((sizes.empty() ? scales.size() : sizes.size()) == axes.size(), "scales or sizes do not fit");
    std::vector<AxisResize> result;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        AxisResize resize;
        resize.axis = TrainCall::axisOf(axes[i], x.dim());
        resize.from = x.size(resize.axis);
        resize.scale
            = sizes.empty() ? scales[i] : static_cast<float>(sizes[i]) / static_cast<float>(resize.from);
        const double wanted = sizes.empty()
            ? std::floor(double(resize.scale * static_cast<float>(resize.from)))
            : static_cast<double>(sizes[i]);
        TORCH_CHECK(resize.from > 0 && wanted >= 1 && wanted <= kLargest, "axis ", resize.axis, " of ",
                    resize.from, " elements cannot have ", wanted);
        resize.to = static_cast<std::int64_t>(wanted);
        if (resize.to != resize.from || resize.scale != 1)
            result.push_back(resize);
    }
    return result;
}

Values resizeAll(const TrainCall &call, const std::vector<AxisResize> &axes, const std::string &coordinates,
                 const std::string &rounding)
{
    const std::string mode = call.text("mode", "nearest");
    TORCH_CHECK(mode == "nearest" || mode == "linear" || mode == "bilinear", "mode ", mode, " is not known");
    at::Tensor x = call.in(0);
    for (const AxisResize &resize : axes) {
        // Before opset 11 the nearest element was the one above where the axis shrinks.
        const std::string nearestMode = !rounding.empty() ? rounding : resize.scale < 1 ? "ceil" : "floor";
        x = mode == "nearest" ? resizeNearest(x, resize, coordinates, nearestMode)
                              : resizeLinear(x, resize, coordinates);
    }
    return {x};
}

Values resize(const TrainCall &call)
{
    constexpr std::int64_t kCoordinates = 11; // before, inputs and meaning were Upsample's
    if (call.opset < kCoordinates)
        return resizeAll(call, axesOf(call, 1, 2), "asymmetric", {});
    TORCH_CHECK(call.integer("antialias", 0) == 0, "antialias is not known");
    TORCH_CHECK(call.text("keep_aspect_ratio_policy", "stretch") == "stretch",
                "keep_aspect_ratio_policy is not known");
    return resizeAll(call, axesOf(call, 2, 3), call.text("coordinate_transformation_mode", "half_pixel"),
                     call.text("nearest_mode", "round_prefer_floor"));
}

/// Scales are an input from opset 9 on and an attribute before.
Values upsample(const TrainCall &call)
{
    return resizeAll(call, axesOf(call, 1, 2), "asymmetric", {});
}

} // namespace

void register_resizetrainop(TrainOps &ops)
{
    ops["Resize"] = resize;
    ops["Upsample"] = upsample;
}

} // namespace qs
