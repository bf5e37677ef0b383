// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/targets/target.h"

namespace qs {

#define QS_BUILTIN(function) void function(TargetRegistry &);
#include "builtintargets.inc"
#undef QS_BUILTIN

const TargetRegistry &builtinTargets()
{
    static const TargetRegistry registry = [] {
        TargetRegistry targets;
#define QS_BUILTIN(function) function(targets);
#include "builtintargets.inc"
#undef QS_BUILTIN
        return targets;
    }();
    return registry;
}

Target onnxRuntimeCpuBase()
{
    Target target;
    target.activation = {.type = DType::UInt8, .symmetric = false};
    target.weight = {.type = DType::Int8, .symmetric = true};
    target.activationTypes = {DType::UInt8};
    target.weightTypes = {DType::Int8, DType::UInt8};
    target.integerOps
        = {"Conv",      "Gemm",   "MatMul", "Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool",
           "LeakyRelu", "Sigmoid"};
    target.floatOutputOps = {"Gemm", "MatMul"};
    // Resize only with mode "nearest": the linear one runs in float from 1.30 on. Pad, ReduceMean,
    // Softmax-like operators and stand-alone activations run in float whatever surrounds them.
    target.sameGridOps
        = {"MaxPool", "Reshape", "Flatten",   "Transpose", "Slice", "Squeeze",      "Unsqueeze", "Expand",
           "Gather",  "Split",   "ReduceMax", "ReduceMin", "Tile",  "DepthToSpace", "Resize"};
    // DynamicQuantizeMatMul, DynamicQuantizeLSTM (com.microsoft); Gather moves any type.
    target.dynamicOps = {"MatMul", "Gemm", "LSTM", "Gather"};
    target.blockWeights = true;
    return target;
}

} // namespace qs
