// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Pairs of types that runtimes multiply slowly or not at all, on any machine.
#include "core/lint/lint.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

void checkOperandTypes(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    for (const WeightedOperator &weighted : input.graph.weighted()) {
        job.throwIfStopped();
        if (!weighted.weight)
            continue;
        const std::string layer = input.view().layerName(weighted.node);
        // ARM kernels had no form for it and fell to scalar code until onnxruntime PR 29787; x86 has none.
        if (weighted.data && weighted.data->type == DType::Int8 && weighted.weight->type == DType::UInt8)
            findings.push_back(
                {Severity::Warning, "signed-by-unsigned", layer,
                 sentence(QS_TR_NOOP("Sentence",
                                     "int8 activations are multiplied by uint8 weights, for which there are "
                                     "no fast kernels; use int8 weights"))});
        // onnxruntime 1.22 and 1.23: NOT_IMPLEMENTED when the model is loaded.
        if (isOp(input.view().node(weighted.node), "ConvInteger") && weighted.weight->type == DType::Int8)
            findings.push_back(
                {Severity::Warning, "conv-integer-signed", layer,
                 sentence(QS_TR_NOOP("Sentence",
                                     "ConvInteger with int8 weights does not load before ONNX Runtime 1.30; "
                                     "use uint8 weights or static quantization"))});
    }
}

} // namespace

void register_operandtypecheck(LintRegistry &registry)
{
    registry.add({.id = "operand-types", .apply = checkOperandTypes});
}

} // namespace qs
