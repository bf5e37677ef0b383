// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/inferenceengine.h"

namespace qs {

/// Channels in a block of the layout (NCHWc) that the runtime's float convolutions compute in on this
/// machine: 16 with AVX-512 and on ARM, 8 with AVX2; 0 where they keep to NCHW. Found out once.
std::int64_t channelBlock(const InferenceEngine &engine);

} // namespace qs
