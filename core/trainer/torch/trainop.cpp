// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

namespace qs {

#define QS_BUILTIN(name) void name(TrainOps &ops);
#include "builtintrainops.inc"
#undef QS_BUILTIN

const TrainOps &builtinTrainOps()
{
    static const TrainOps ops = [] {
        TrainOps all;
#define QS_BUILTIN(name) name(all);
#include "builtintrainops.inc"
#undef QS_BUILTIN
        return all;
    }();
    return ops;
}

const at::Tensor &TrainCall::in(std::size_t input) const
{
    TORCH_CHECK(has(input), "input ", input, " is missing");
    return inputs[input];
}

std::vector<std::int64_t> TrainCall::ints(std::size_t input) const
{
    const at::Tensor values = in(input).to(at::kLong).contiguous();
    const auto *first = values.data_ptr<std::int64_t>();
    return {first, first + values.numel()};
}

std::int64_t TrainCall::integer(const char *name, std::int64_t fallback) const
{
    const auto it = node.attributes.find(name);
    const auto *value = it == node.attributes.end() ? nullptr : std::get_if<std::int64_t>(&it->second);
    return value ? *value : fallback;
}

double TrainCall::real(const char *name, double fallback) const
{
    const auto it = node.attributes.find(name);
    const auto *value = it == node.attributes.end() ? nullptr : std::get_if<float>(&it->second);
    return value ? double(*value) : fallback;
}

std::string TrainCall::text(const char *name, const char *fallback) const
{
    const auto it = node.attributes.find(name);
    const auto *value = it == node.attributes.end() ? nullptr : std::get_if<std::string>(&it->second);
    return value ? *value : fallback;
}

std::vector<std::int64_t> TrainCall::list(const char *name) const
{
    const auto it = node.attributes.find(name);
    const auto *value
        = it == node.attributes.end() ? nullptr : std::get_if<std::vector<std::int64_t>>(&it->second);
    return value ? *value : std::vector<std::int64_t> {};
}

std::vector<float> TrainCall::reals(const char *name) const
{
    const auto it = node.attributes.find(name);
    const auto *value = it == node.attributes.end() ? nullptr : std::get_if<std::vector<float>>(&it->second);
    return value ? *value : std::vector<float> {};
}

std::vector<std::int64_t> TrainCall::intsOrList(std::size_t input, const char *name) const
{
    return has(input) ? ints(input) : list(name);
}

bool TrainCall::isWanted(std::size_t output) const
{
    return output < node.outputs.size() && node.outputs[output] >= 0;
}

std::int64_t TrainCall::axisOf(std::int64_t axis, std::int64_t rank)
{
    TORCH_CHECK(axis >= -rank && axis < std::max<std::int64_t>(rank, 1), "axis ", axis, " of ", rank);
    return axis < 0 ? axis + rank : axis;
}

} // namespace qs
