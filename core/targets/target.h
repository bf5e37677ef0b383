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
    /// Of these, the ones whose output may stay float without losing the integer kernel.
    std::set<std::string> floatOutputOps;
    /// Operators that move integers without looking at them; in and out must share scale and zero point.
    std::set<std::string> sameGridOps;
    bool concatNeedsSameGrid = false;
    /// The ONNX Runtime of an x86 machine runs this target's files with the kernels the target means.
    bool runsOnX86 = false;
};
using TargetRegistry = Registry<Target>;

/// All targets of core/targets/*target.cpp.
const TargetRegistry &builtinTargets();

/// What ONNX Runtime's CPU kernels take, whatever the machine; targets start from these and change what
/// differs. Source: onnxruntime core/optimizer/qdq_transformer (selectors), measured with 1.30.0.
Target onnxRuntimeCpuBase();

} // namespace qs
