// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/trainop.h"

namespace qs {

void register_arithmetictrainop(TrainOps &ops)
{
    ops["Add"] = [](const TrainCall &call) -> std::vector<at::Tensor> { return {call.in(0) + call.in(1)}; };
}

} // namespace qs
