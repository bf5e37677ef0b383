// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Products with few rows or columns are slower in integers than in float on some targets, which then make the
// whole neighbourhood wait.
#include "core/lint/lint.h"

namespace qs {
namespace {

void checkSmallMatrix(const LintInput &input, std::vector<Finding> &findings, JobContext &)
{
    const Target &target = *input.options.target;
    for (const WeightedOperator &weighted : input.graph.weighted()) {
        const bool isProduct = weighted.op == "MatMul" || weighted.op == "Gemm";
        if (target.smallestMatrix == 0 || !isProduct || !weighted.isQuantized())
            continue;
        const auto shape = input.graph.constantShape(*weighted.weight);
        if (shape && shape->size() == 2 && std::min((*shape)[0], (*shape)[1]) < target.smallestMatrix)
            findings.push_back(
                {Severity::Warning, "matrix-too-small", input.view().layerName(weighted.node),
                 sentence(QS_TR_NOOP("Sentence",
                                     "its weights are %1; %2 runs products below %3 rows or columns faster "
                                     "in float: exclude it"),
                          {toString(*shape), target.title, std::to_string(target.smallestMatrix)})});
    }
}

} // namespace

void register_smallmatrixcheck(LintRegistry &registry)
{
    registry.add({.id = "small-matrix", .needsTarget = true, .apply = checkSmallMatrix});
}

} // namespace qs
