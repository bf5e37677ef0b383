// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

namespace qs {
namespace {

std::vector<at::Tensor> globalAveragePool(const TrainCall &call)
{
    std::vector<std::int64_t> axes;
    for (std::int64_t d = 2; d < call.in(0).dim(); ++d)
        axes.push_back(d);
    return {call.in(0).mean(axes, true)};
}

} // namespace

void register_poolingtrainop(TrainOps &ops)
{
    ops["GlobalAveragePool"] = globalAveragePool;
}

} // namespace qs
