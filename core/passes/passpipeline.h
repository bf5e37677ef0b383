// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/passes/pass.h"

namespace qs {

struct PassResult
{
    ModelPtr model;
    std::vector<PassReport> reports; ///< one a pass that ran, in order
};

/// The one door through which passes go: runs those of \a passes that belong to \a phase, in order, times
/// each, checks after each that changed something that the graph is still sound, and records it.
Result<PassResult> runPasses(const ModelPtr &model, const PassRegistry &passes, PassPhase phase,
                             const PassContext &context, JobContext &job);

} // namespace qs
