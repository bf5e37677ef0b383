// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

namespace qs {
namespace {

using Values = std::vector<at::Tensor>;

template <at::Tensor (*function)(const at::Tensor &a, const at::Tensor &b)>
Values compare(const TrainCall &call)
{
    return {function(call.in(0), call.in(1))};
}

Values where(const TrainCall &call)
{
    return {at::where(call.in(0).to(at::kBool), call.in(1), call.in(2))};
}

} // namespace

void register_logictrainop(TrainOps &ops)
{
    ops["Equal"] = compare<at::eq>;
    ops["Greater"] = compare<at::gt>;
    ops["GreaterOrEqual"] = compare<at::ge>;
    ops["Less"] = compare<at::lt>;
    ops["LessOrEqual"] = compare<at::le>;
    ops["And"] = compare<at::logical_and>;
    ops["Or"] = compare<at::logical_or>;
    ops["Xor"] = compare<at::logical_xor>;
    ops["Not"] = [](const TrainCall &call) -> Values { return {at::logical_not(call.in(0))}; };
    ops["Where"] = where;
}

} // namespace qs
