// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/torchtensor.h"
#include "core/trainer/torch/trainop.h"

namespace qs {
namespace {

using Values = std::vector<at::Tensor>;

/// Numbers of onnx.TensorProto.DataType.
enum OnnxType { Float = 1, UInt8, Int8, Int16 = 5, Int32, Int64, Bool = 9, Float16, Double, BFloat16 = 16 };

/// Half floats are rounded to, then computed with like all others.
Values cast(const TrainCall &call)
{
    const at::Tensor &x = call.in(0);
    const std::int64_t to = call.integer("to", 0);
    switch (to) {
    case Float:
    case Double:
        return {x.to(call.floating)};
    case Float16:
        return {x.to(at::kHalf).to(call.floating)};
    case BFloat16:
        return {x.to(at::kBFloat16).to(call.floating)};
    case UInt8:
        return {x.to(at::kByte)};
    case Int8:
        return {x.to(at::kChar)};
    case Int16:
        return {x.to(at::kShort)};
    case Int32:
        return {x.to(at::kInt)};
    case Int64:
        return {x.to(at::kLong)};
    case Bool:
        return {x.to(at::kBool)};
    default:
        TORCH_CHECK(false, "type ", to, " is not known");
    }
}

at::Tensor list(const std::vector<std::int64_t> &numbers)
{
    return at::tensor(numbers, at::kLong);
}

/// A part of the shape from opset 15 on.
Values shape(const TrainCall &call)
{
    const auto sizes = call.in(0).sizes();
    const std::int64_t rank = call.in(0).dim();
    const auto bounded
        = [rank](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
    const std::int64_t first = bounded(call.integer("start", 0));
    const std::int64_t last = std::max(first, bounded(call.integer("end", rank)));
    return {list({sizes.begin() + first, sizes.begin() + last})};
}

Values constantOfShape(const TrainCall &call)
{
    const auto it = call.node.attributes.find("value");
    const auto *given = it == call.node.attributes.end() ? nullptr : std::get_if<Tensor>(&it->second);
    const at::Tensor value
        = given ? toTorch(*given, call.floating) : at::zeros({1}, at::TensorOptions(call.floating));
    TORCH_CHECK(value.numel() == 1, "the value is not one number");
    return {at::full(call.ints(0), value.item(), value.options())};
}

Values range(const TrainCall &call)
{
    const at::Tensor &start = call.in(0);
    return {at::arange(start.item(), call.in(1).item(), call.in(2).item(), start.options())};
}

} // namespace

void register_generatetrainop(TrainOps &ops)
{
    ops["Cast"] = cast;
    ops["Shape"] = shape;
    ops["Size"] = [](const TrainCall &call) -> Values {
        return {at::scalar_tensor(call.in(0).numel(), at::TensorOptions(at::kLong))};
    };
    ops["ConstantOfShape"] = constantOfShape;
    ops["Range"] = range;
}

} // namespace qs
