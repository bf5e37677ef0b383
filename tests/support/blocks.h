// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/inferenceengine.h"

namespace qs {

/// \a picture [N, C, H, W] in blocks of \a block channels; what fills the last one up is \a filling.
WatchedValue blocked(const Tensor &picture, std::int64_t block, float filling);

/// The way back; a value that is not in blocks comes back as it is.
Tensor unblocked(const WatchedValue &value);

} // namespace qs
