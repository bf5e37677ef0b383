// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A zero point has the type and, along the axis, the length its tensor asks for, and both ends of a pair say
// the same: integers that are read on another grid than they were written on are other numbers.
#include "core/lint/lint.h"

#include <algorithm>

namespace qs {
namespace {

void checkType(const LintInput &input, const GridUse &use, const GridValues &values,
               std::vector<Finding> &findings)
{
    const bool known = use.type != DType::Undefined && values.zeroPointType != DType::Undefined;
    if (!known || use.type == values.zeroPointType)
        return;
    // MatMulNBits and its like pack four bits into bytes.
    if (use.blockSize > 0 && use.kind == GridUse::Kind::Operand)
        return;
    findings.push_back(
        {Severity::Error, "zero-point-type", input.graph.layerOf(use),
         sentence(QS_TR_NOOP("Sentence", "%1 is %2 and its zero point %3 is %4; give both one type"),
                  {use.integers, std::string(toString(use.type)), use.zeroPoint,
                   std::string(toString(values.zeroPointType))})});
}

void checkCount(const LintInput &input, const GridUse &use, const GridValues &values,
                std::vector<Finding> &findings)
{
    const bool isPacked = use.blockSize > 0 && use.kind == GridUse::Kind::Operand;
    // Integer operators take one zero point for all channels.
    const bool isOne = use.kind == GridUse::Kind::Operand && values.zeroPoints.size() == 1;
    if (values.zeroPoints.empty() || isPacked || isOne || values.zeroPoints.size() == values.scales.size())
        return;
    findings.push_back(
        {Severity::Error, "zero-point-count", input.graph.layerOf(use),
         sentence(QS_TR_NOOP("Sentence", "%1 has %2 scales and %3 zero points; give it as many of each"),
                  {use.integers, std::to_string(values.scales.size()),
                   std::to_string(values.zeroPoints.size())})});
}

/// ONNX DequantizeLinear: "zero point must be 0" where the integers are int32 or float8.
void checkRange(const LintInput &input, const GridUse &use, const GridValues &values,
                std::vector<Finding> &findings)
{
    const bool isOff
        = std::any_of(values.zeroPoints.begin(), values.zeroPoints.end(), [](int z) { return z != 0; });
    if (use.type == DType::Int32 && isOff)
        findings.push_back(
            {Severity::Error, "zero-point-of-int32", input.graph.layerOf(use),
             sentence(QS_TR_NOOP("Sentence", "%1 is int32 and its zero point is not 0; make it 0"),
                      {use.integers})});
}

void checkZeroPoints(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    for (const GridUse &use : input.graph.uses()) {
        job.throwIfStopped();
        if (const auto values = input.graph.values(use)) {
            checkType(input, use, *values, findings);
            checkCount(input, use, *values, findings);
            checkRange(input, use, *values, findings);
        }
        if (use.kind != GridUse::Kind::Dequantize)
            continue;
        const GridUse *quantizer = input.graph.quantizerOf(use.integers);
        if (quantizer && !input.graph.isSameGrid(*quantizer, use))
            findings.push_back(
                {Severity::Warning, "pair-differs", input.graph.layerOf(use),
                 sentence(QS_TR_NOOP("Sentence",
                                     "%1 is written on one grid and read on another, which changes its "
                                     "values; give both ends one scale and zero point"),
                          {use.integers})});
    }
}

} // namespace

void register_zeropointcheck(LintRegistry &registry)
{
    registry.add({.id = "zero-point", .apply = checkZeroPoints});
}

} // namespace qs
