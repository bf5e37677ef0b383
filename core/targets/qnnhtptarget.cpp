// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/paramspec.h"
#include "core/targets/target.h"

namespace qs {

void register_qnnhtptarget(TargetRegistry &registry)
{
    Target target = onnxRuntimeCpuBase();
    target.id = "qnn-htp";
    target.title = QS_TR_NOOP("Target", "Qualcomm HTP (QNN)");
    target.help
        = QS_TR_NOOP("Target",
                     "Snapdragon NPUs through ONNX Runtime's QNN provider. Every operator it keeps has "
                     "to be quantized; 16-bit activations rescue what 8 bits lose; shapes must be "
                     "fixed. A CPU has no integer kernels for 16 bits nor for many of these operators, and "
                     "such a file is slower there than the float one.");
    // u8 / u16 / s16 activations, u8 or symmetric per-channel s8 weights, fixed shapes, MinimumRealRange
    // 1e-4. Source: onnxruntime docs/execution-providers/QNN-ExecutionProvider.md; onnxruntime PR 19511; s16:
    // tools/quantization/execution_providers/qnn/quant_config.py (QInt16), which the provider maps to
    // QNN_DATATYPE_SFIXED_POINT_16 (providers/qnn, OnnxDataTypeToQnnDataType).
    target.activationTypes = {DType::UInt8, DType::UInt16, DType::Int16};
    target.weightTypes = {DType::Int8, DType::UInt8};
    // Operators: providers/qnn/builder/op_builder_factory.cc; what of them must be quantized how:
    // optimizer/qdq_transformer/selectors_actions/qdq_selectors.cc (a normalization has a weight and an int32
    // bias). BatchNormalization is folded, and where it cannot be, mean and variance must stay float.
    for (const char *op :
         {"Sub", "Div", "Softmax", "HardSwish", "HardSigmoid", "Tanh", "Gelu", "ReduceMean", "ConvTranspose",
          "Relu", "Sqrt", "Erf", "Max", "Min", "PRelu", "LayerNormalization", "InstanceNormalization"})
        target.integerOps.insert(op);
    target.sameGridOps.insert("Pad");
    target.dynamicOps.clear();
    target.clipsIntegers = false;
    target.blockWeights = false;
    target.floatOutputOps.clear(); // the provider takes whole groups only
    target.concatNeedsSameGrid = true;
    target.smallestRange = 1e-4F;
    target.staticShapesOnly = true;
    target.floatIsForeign = true;
    registry.add(std::move(target));
}

} // namespace qs
