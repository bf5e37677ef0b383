// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paramspec.h"
#include "core/targets/target.h"

namespace qs {

void register_openvinotarget(TargetRegistry &registry)
{
    Target target = onnxRuntimeCpuBase();
    target.id = "openvino";
    target.title = QS_TR_NOOP("Target", "Intel OpenVINO");
    target.help
        = QS_TR_NOOP("Target",
                     "Intel CPUs, GPUs and NPUs through OpenVINO, which moves the pairs on the inputs of "
                     "operators to where its kernels want them. ONNX Runtime on a CPU fuses few of "
                     "them and runs most operators in float.");
    // NNCF's defaults: u8 activations quantized at the inputs of operators, symmetric per-channel s8 weights;
    // the low-precision transformations take it from there. Also s8 activations. Source: NNCF post-training
    // defaults; OpenVINO LPT documentation.
    target.activationTypes = {DType::UInt8, DType::Int8};
    target.weightTypes = {DType::Int8, DType::UInt8};
    target.gridPlacement = GridPlacement::OnInputs;
    target.integerOps.insert({"ConvTranspose", "ReduceMean"});
    // DynamicQuantizeLSTM (com.microsoft) is refused by releases before openvino PR 36207 of June 2026, and
    // multiplied in float by those after it. DynamicQuantizeLinear and MatMulInteger are ONNX's own.
    target.dynamicOps.erase("LSTM");
    target.clipsIntegers = false;
    target.blockWeights = false;
    target.runsOnX86 = false;
    registry.add(std::move(target));
}

} // namespace qs
