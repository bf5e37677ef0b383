// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/registry.h"
#include "core/tensor/quantmath.h"

#include <set>
#include <string>

namespace qs {

/// What the hardware and its kernels accept. Plain data: a new target is one file that fills this in.
struct Target
{
    std::string id; ///< "x86-vnni"
    std::string title;
    std::string help; ///< for which machines, and what goes wrong elsewhere
    QuantScheme activation;
    QuantScheme weight;
    bool perChannelWeights = true;
    /// Operators (ONNX domain) with an integer kernel when all data inputs and the output are quantized.
    std::set<std::string> integerOps;
    /// Operators that move integers without looking at them; in and out share scale and zero point.
    std::set<std::string> sameGridOps;
    /// Operators with an integer kernel whose output may stay float (Gemm, MatMul).
    std::set<std::string> floatOutputOps;
    bool concatNeedsSameGrid = false;
};
using TargetRegistry = Registry<Target>;

const TargetRegistry &builtinTargets();

} // namespace qs
