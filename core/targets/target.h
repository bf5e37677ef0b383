// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/registry.h"
#include "core/targets/channelmultiples.h"
#include "core/tensor/quantmath.h"

#include <set>
#include <string>

namespace qs {

/// Where a target wants QuantizeLinear / DequantizeLinear pairs.
enum class GridPlacement {
    AroundOperators, ///< on every input and output of an integer operator: the runtime fuses the whole group
    OnInputs, ///< on the inputs of integer operators only; what follows them in float is fused behind them
};

/// What the hardware and its kernels accept. Plain data: a new target is one file that fills this in.
struct Target
{
    std::string id; ///< "x86-vnni"
    std::string title;
    std::string help; ///< for which machines, and what goes wrong elsewhere
    QuantScheme activation; ///< preferred
    QuantScheme weight; ///< preferred
    std::set<DType> activationTypes; ///< that its kernels load and run in integers
    std::set<DType> weightTypes;
    bool asymmetricActivations = true; ///< takes zero points off the middle
    bool perChannelWeights = true;
    bool integerBias = true; ///< wants int32 biases behind a DequantizeLinear; else they stay float
    GridPlacement gridPlacement = GridPlacement::AroundOperators;
    /// Operators (ONNX domain) with an integer kernel when all data inputs and the output are quantized.
    std::set<std::string> integerOps;
    /// Of these, the ones whose output may stay float without losing the integer kernel.
    std::set<std::string> floatOutputOps;
    /// Operators that move integers without looking at them; in and out must share scale and zero point.
    std::set<std::string> sameGridOps;
    /// Operators with a kernel that quantizes its input while the model runs, or reads an integer table.
    std::set<std::string> dynamicOps;
    bool blockWeights = false; ///< runs com.microsoft.MatMulNBits
    /// Runs a Clip of 8-bit integers between QuantizeLinear and DequantizeLinear, which activations of fewer
    /// bits need; others know the two side by side only.
    bool clipsIntegers = true;
    bool concatNeedsSameGrid = false;
    ChannelMultiples channelMultiples; ///< of its fast convolutions
    std::int64_t smallestMatrix = 0; ///< MatMul / Gemm with fewer rows or columns of weights stay float
    float smallestRange = 0.F; ///< ranges are widened to this; 0 = not at all
    bool saturatesAt16Bits = false; ///< pairs of products are added in int16: full-range weights overflow
    bool staticShapesOnly = false;
    bool floatIsForeign
        = false; ///< what stays float leaves the device: quantize all that it can, tail included
    bool runsEverywhere = false; ///< one file for several kinds of machines, slow on none of them
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
