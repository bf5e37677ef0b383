// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/inferenceengine.h"

#include <cstdio>

namespace qs {

/// Whether ONNX Runtime is older than 1.\a minor: it may lack kernels and fusions that a test is about. What
/// Debian 13 has is 1.21.
inline bool isRuntimeOlderThan(int minor)
{
    int own = 0;
    const std::string version = makeOnnxRuntimeEngine()->version();
    return std::sscanf(version.c_str(), "ONNX Runtime 1.%d", &own) == 1 && own < minor;
}

} // namespace qs
