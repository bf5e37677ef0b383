// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/driftfindings.h"
#include "core/evaluation/evaluationfindings.h"
#include "core/run/run.h"

namespace qs {

std::vector<Finding> measuredFindings(const Run &run)
{
    std::vector<Finding> findings;
    if (run.evaluation)
        findings = evaluationFindings(*run.evaluation);
    if (run.drift) {
        const std::vector<Finding> ofDrift = driftFindings(*run.drift);
        findings.insert(findings.end(), ofDrift.begin(), ofDrift.end());
    }
    return findings;
}

std::vector<Finding> findingsOf(const Run &run)
{
    std::vector<Finding> findings;
    if (run.quantized)
        findings = run.quantized->findings;
    const std::vector<Finding> measured = measuredFindings(run);
    findings.insert(findings.end(), measured.begin(), measured.end());
    return findings;
}

} // namespace qs
