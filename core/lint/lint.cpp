// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lint/lint.h"

#include "core/model/bodymodel.h"
#include "core/model/subgraphs.h"

#include <onnx/onnx_pb.h>

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

namespace {

void lintGraph(const Model &model, const LintOptions &options, const std::string &prefix,
               std::vector<Finding> &findings, JobContext &job)
{
    const QuantGraph graph(model);
    const LintInput input {graph, options};
    const std::size_t first = findings.size();
    const auto &checks = builtinChecks().all();
    for (std::size_t i = 0; i < checks.size(); ++i) {
        job.throwIfStopped();
        job.progress("lint", static_cast<std::int64_t>(i), static_cast<std::int64_t>(checks.size()));
        const LintCheck &check = checks[i];
        if ((check.needsTarget && !options.target) || (check.needsEngine && !options.engine)
            || (check.ofFile && !prefix.empty()))
            continue;
        check.apply(input, findings, job);
    }
    for (std::size_t i = first; i < findings.size() && !prefix.empty(); ++i)
        findings[i].subject = prefix + (findings[i].subject.empty() ? "" : "/") + findings[i].subject;
}

/// A body cannot be run without what is around it, and has no source of its own.
void lintBodies(const Model &model, const LintOptions &options, const std::string &prefix,
                std::vector<Finding> &findings, JobContext &job)
{
    for (const NodeId id : model.graph().topologicalOrder()) {
        const std::string inner = prefix + (prefix.empty() ? "" : "/") + model.graph().layerName(id);
        forEachSubGraph(model.graph().node(id), [&](const onnx::GraphProto &graph) {
            const auto body = modelOfBody(model, graph);
            if (!body.ok())
                return; // has no nodes
            lintGraph(**body, {.target = options.target}, inner, findings, job);
            lintBodies(**body, options, inner, findings, job);
        });
    }
}

} // namespace

std::vector<Finding> lintModel(const Model &model, const LintOptions &options, JobContext &job)
{
    std::vector<Finding> findings;
    lintGraph(model, options, {}, findings, job);
    lintBodies(model, options, {}, findings, job);
    std::stable_sort(findings.begin(), findings.end(),
                     [](const Finding &a, const Finding &b) { return a.severity > b.severity; });
    return findings;
}

} // namespace qs
