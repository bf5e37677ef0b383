// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paramspec.h"
#include "core/targets/target.h"

namespace qs {

void register_tensorrttarget(TargetRegistry &registry)
{
    Target target;
    target.id = "tensorrt";
    target.title = QS_TR_NOOP("Target", "NVIDIA TensorRT");
    target.help = QS_TR_NOOP("Target",
                             "NVIDIA GPUs. Signed, symmetric, biases in float; on a CPU most of such a file "
                             "runs in float.");
    // Zero points must be 0, activations and weights int8. Source: TensorRT documentation 10.11, "Working
    // with quantized types".
    target.activation = {.type = DType::Int8, .symmetric = true};
    target.weight = {.type = DType::Int8, .symmetric = true};
    target.activationTypes = {DType::Int8};
    target.weightTypes = {DType::Int8};
    target.asymmetricActivations = false;
    // Weights are int8 behind a DequantizeLinear alone, a quarter of what float ones behind a pair of
    // constants would take (onnxruntime's AddQDQPairToWeight); the importers of TensorRT 8.2 wanted the
    // latter. An int32 bias behind a DequantizeLinear breaks the build (onnxruntime issue 17738).
    target.integerBias = false;
    // Inputs of weighted operators, and both branches of a residual Add (TensorRT issues 2383, 1992): what
    // comes behind a Conv is fused into it, so no pair may stand between Conv and Relu.
    target.gridPlacement = GridPlacement::OnInputs;
    target.integerOps = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Add"};
    target.sameGridOps
        = {"MaxPool", "Reshape", "Flatten", "Transpose", "Slice", "Squeeze", "Unsqueeze", "Split"};
    target.clipsIntegers = false;
    target.smallestMatrix = 16; // ModelOpt CHANGELOG: skips MatMul and Gemm with K or N below 16
    registry.add(std::move(target));
}

} // namespace qs
