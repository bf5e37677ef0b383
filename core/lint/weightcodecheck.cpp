// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Kernels want signed weights on a grid around 0: [-127, 127] and zero point 0 (XNNPACK
// src/subgraph/convolution-2d.c, TensorRT "Working with quantized types"), and one zero point for all
// channels (ONNX Runtime before 1.30 ends with an error at run time).
#include "core/lint/lint.h"

#include <algorithm>

namespace qs {
namespace {

bool isSigned(DType type)
{
    return type == DType::Int8 || type == DType::Int4 || type == DType::Int16;
}

void checkZeroPoints(const LintInput &input, const GridUse &use, std::vector<Finding> &findings)
{
    const auto values = input.graph.values(use);
    if (!values || values->zeroPoints.empty())
        return;
    const auto &zeros = values->zeroPoints;
    const std::string layer = input.graph.layerOf(use);
    if (std::any_of(zeros.begin(), zeros.end(), [&](int z) { return z != zeros[0]; }))
        findings.push_back(
            {Severity::Warning, "channel-zero-points", layer,
             sentence(QS_TR_NOOP("Sentence",
                                 "the channels of %1 have different zero points, at which older runtimes "
                                 "fail; quantize the weights symmetrically"),
                      {use.integers})});
    else if (isSigned(use.type) && zeros[0] != 0) {
        const Target *target = input.options.target;
        findings.push_back(
            {target && !target->asymmetricActivations ? Severity::Error : Severity::Warning,
             "weight-zero-point", layer,
             sentence(QS_TR_NOOP("Sentence",
                                 "%1 has zero point %2, which costs every product a correction and some "
                                 "kernels refuse; quantize the weights symmetrically"),
                      {use.integers, std::to_string(zeros[0])})});
    }
}

/// -128 has no positive counterpart. The kernels of ONNX Runtime on x86 do not mind.
void checkLowest(const LintInput &input, const GridUse &use, std::vector<Finding> &findings)
{
    if (use.type != DType::Int8)
        return;
    const auto tensor = input.model().constant(use.integers);
    if (!tensor.ok() || !tensor.value())
        return;
    const auto data = (*tensor)->data<std::int8_t>();
    const auto count = std::count(data.begin(), data.end(), std::int8_t {-128});
    if (count == 0)
        return;
    const Target *target = input.options.target;
    findings.push_back({target && !target->runsOnX86 ? Severity::Warning : Severity::Info,
                        "weight-lowest-code", input.graph.layerOf(use),
                        countedSentence(QS_TR_N_NOOP("Sentence",
                                                     "%n integer(s) of %1 at -128, where some kernels want "
                                                     "-127 to 127: quantize the weights symmetrically"),
                                        static_cast<int>(count), {use.integers})});
}

void checkWeights(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    std::set<std::string> seen; // weights may be shared
    for (const WeightedOperator &weighted : input.graph.weighted()) {
        job.throwIfStopped();
        const GridUse *use = weighted.weight;
        // Blocks of weights alone have zero points by design.
        if (!use || use->blockSize > 0 || !input.graph.constantShape(*use)
            || !seen.insert(use->integers).second)
            continue;
        checkZeroPoints(input, *use, findings);
        checkLowest(input, *use, findings);
    }
}

} // namespace

void register_weightcodecheck(LintRegistry &registry)
{
    registry.add({.id = "weight-codes", .apply = checkWeights});
}

} // namespace qs
