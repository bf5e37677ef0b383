// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <ATen/ATen.h>

namespace qs {

/// A copy of \a tensor; floats of any width as \a floating, integers and booleans as they are.
at::Tensor toTorch(const Tensor &tensor, at::ScalarType floating);
/// A copy; floats as float32, or float64 where they are that.
Tensor fromTorch(const at::Tensor &tensor);

} // namespace qs
