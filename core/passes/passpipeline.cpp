// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passpipeline.h"

#include <algorithm>
#include <chrono>

namespace qs {

#define QS_BUILTIN(function) void function(PassRegistry &);
#include "builtinpasses.inc"
#undef QS_BUILTIN

const PassRegistry &builtinPasses()
{
    static const PassRegistry registry = [] {
        PassRegistry passes;
#define QS_BUILTIN(function) function(passes);
#include "builtinpasses.inc"
#undef QS_BUILTIN
        return passes;
    }();
    return registry;
}

Result<PassResult> runPasses(const ModelPtr &model, const PassRegistry &passes, PassPhase phase,
                             const PassContext &context, JobContext &job)
{
    std::vector<const PassDescriptor *> chosen;
    for (const PassDescriptor &pass : passes.all()) {
        if (pass.phase == phase)
            chosen.push_back(&pass);
    }
    std::stable_sort(chosen.begin(), chosen.end(), [](auto *a, auto *b) { return a->order < b->order; });

    PassResult result {model, {}};
    GraphEdit edit(*model);
    for (const PassDescriptor *pass : chosen) {
        job.throwIfStopped();
        const auto started = std::chrono::steady_clock::now();
        const std::uint64_t before = edit.revision();
        PassReport report {pass->id, 0, 0, {}};
        QS_CHECK(pass->apply(edit, context, report, job));
        if (edit.revision() != before) {
            // finish() checks that every value has one producer and the graph no cycle, so a broken pass is
            // caught by name and not three passes later.
            auto checked = edit.finish();
            if (!checked.ok())
                return Error {checked.error().code, "pass " + pass->id, checked.error().message()};
            result.model = std::move(checked).value();
        }
        report.milliseconds
            = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
        result.reports.push_back(std::move(report));
    }
    return result;
}

} // namespace qs
