// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

#include <numeric>

namespace qs {
namespace {

using Values = std::vector<at::Tensor>;

/// With the running statistics, which stay as they are.
Values batchNormalization(const TrainCall &call)
{
    TORCH_CHECK(call.integer("training_mode", 0) == 0, "training_mode = 1 is not known");
    TORCH_CHECK(call.integer("spatial", 1) != 0, "spatial = 0 is not known");
    return {at::batch_norm(call.in(0), call.in(1), call.in(2), call.in(3), call.in(4), false, 0,
                           call.real("epsilon", 1e-5), false)};
}

/// Over all dimensions from axis on; mean and 1 / deviation are outputs, too.
Values layerNormalization(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const std::int64_t axis = TrainCall::axisOf(call.integer("axis", -1), x.dim());
    const auto shape = x.sizes().slice(static_cast<std::size_t>(axis));
    const double epsilon = call.real("epsilon", 1e-5);
    const auto scaled = [&](const at::Tensor &normal) {
        const at::Tensor y = normal * call.in(1);
        return call.has(2) ? y + call.in(2) : y;
    };
    if (!call.isWanted(1) && !call.isWanted(2))
        return {scaled(at::layer_norm(x, shape, {}, {}, epsilon, false))};
    std::vector<std::int64_t> axes(shape.size()); // no gradient passes through layer_norm()'s own statistics
    std::iota(axes.begin(), axes.end(), axis);
    const at::Tensor mean = x.mean(axes, true);
    const at::Tensor inverse = ((x - mean).pow(2).mean(axes, true) + epsilon).rsqrt();
    return {scaled((x - mean) * inverse), mean, inverse};
}

Values instanceNormalization(const TrainCall &call)
{
    return {at::instance_norm(call.in(0), call.in(1), call.in(2), {}, {}, true, 0, call.real("epsilon", 1e-5),
                              false)};
}

/// Scale and bias are one number a group before opset 21, and one a channel from then on.
Values groupNormalization(const TrainCall &call)
{
    constexpr std::int64_t kPerChannel = 21;
    const at::Tensor &x = call.in(0);
    const std::int64_t groups = call.integer("num_groups", 0);
    TORCH_CHECK(groups > 0 && x.dim() >= 2 && x.size(1) % groups == 0, "num_groups does not fit");
    at::Tensor scale = call.in(1);
    at::Tensor bias = call.in(2);
    if (call.opset < kPerChannel) {
        scale = scale.repeat_interleave(x.size(1) / groups);
        bias = bias.repeat_interleave(x.size(1) / groups);
    }
    return {at::group_norm(x, groups, scale, bias, call.real("epsilon", 1e-5), false)};
}

/// x / (bias + alpha / size · sum of the squares of the neighbouring channels) ^ beta.
Values localResponse(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const std::int64_t size = call.integer("size", 1);
    TORCH_CHECK(size > 0 && x.dim() >= 3, "size does not fit");
    const at::Tensor squares = (x * x).flatten(2).transpose(1, 2); // channels last
    const at::Tensor wide = at::constant_pad_nd(squares, {(size - 1) / 2, size / 2});
    const at::Tensor sums = wide.unfold(2, size, 1).sum(-1).transpose(1, 2).reshape(x.sizes());
    const double share = call.real("alpha", 1e-4) / static_cast<double>(size);
    return {x / (sums * share + call.real("bias", 1)).pow(call.real("beta", 0.75))};
}

/// Before opset 13 the value is seen as a matrix [in front of axis][rest], whose rows are normalised, and
/// axis is 1 where it is not given.
template <at::Tensor (*function)(const at::Tensor &x, std::int64_t axis, c10::optional<at::ScalarType>)>
Values softmax(const TrainCall &call)
{
    constexpr std::int64_t kAlongAxis = 13;
    const at::Tensor &x = call.in(0);
    const bool along = call.opset >= kAlongAxis;
    const std::int64_t axis = TrainCall::axisOf(call.integer("axis", along ? -1 : 1), x.dim());
    if (along)
        return {function(x, axis, c10::nullopt)};
    return {function(x.flatten(axis), axis, c10::nullopt).reshape(x.sizes())};
}

} // namespace

void register_normalizationtrainop(TrainOps &ops)
{
    ops["BatchNormalization"] = batchNormalization;
    ops["LayerNormalization"] = layerNormalization;
    ops["InstanceNormalization"] = instanceNormalization;
    ops["GroupNormalization"] = groupNormalization;
    ops["LRN"] = localResponse;
    ops["Softmax"] = softmax<at::softmax>;
    ops["LogSoftmax"] = softmax<at::log_softmax>;
}

} // namespace qs
