// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

namespace qs {

/// \a tensor with elements of \a type. Integers must fit and be held exactly (2^24 + 1 is no float32),
/// fractions do not become integers, finite numbers do not become infinite; float to float rounds to nearest.
/// InvalidArgument names the first value that does not fit, Unsupported for types NumPy has not (bfloat16 and
/// float16 are known). Shares the bytes when the type is the same.
Result<Tensor> convertTensor(const Tensor &tensor, DType type);

} // namespace qs
