// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lint/lint.h"

#include <algorithm>

namespace qs {

#define QS_BUILTIN(function) void function(LintRegistry &);
#include "builtinchecks.inc"
#undef QS_BUILTIN

const LintRegistry &builtinChecks()
{
    static const LintRegistry registry = [] {
        LintRegistry checks;
#define QS_BUILTIN(function) function(checks);
#include "builtinchecks.inc"
#undef QS_BUILTIN
        return checks;
    }();
    return registry;
}

std::vector<Finding> lintModel(const Model &model, const LintOptions &options, JobContext &job)
{
    const QuantGraph graph(model);
    const LintInput input {graph, options};
    std::vector<Finding> findings;
    const auto &checks = builtinChecks().all();
    for (std::size_t i = 0; i < checks.size(); ++i) {
        job.throwIfStopped();
        job.progress("lint", static_cast<std::int64_t>(i), static_cast<std::int64_t>(checks.size()));
        const LintCheck &check = checks[i];
        if ((check.needsTarget && !options.target) || (check.needsEngine && !options.engine))
            continue;
        check.apply(input, findings, job);
    }
    std::stable_sort(findings.begin(), findings.end(),
                     [](const Finding &a, const Finding &b) { return a.severity > b.severity; });
    return findings;
}

} // namespace qs
