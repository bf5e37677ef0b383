// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/trainingengine.h"

#include <ATen/ATen.h>

namespace qs {

/// The loss of one batch, a scalar with gradient, and how many rows are right. \a outputs are the scores,
/// then the chosen layers; \a teacher the same of the float model, empty without distillation.
struct TorchLoss
{
    at::Tensor value;
    BatchResult result;
};
TorchLoss computeLoss(const LossSpec &spec, const std::vector<at::Tensor> &outputs,
                      const std::vector<at::Tensor> &teacher, std::span<const std::int64_t> labels);

} // namespace qs
