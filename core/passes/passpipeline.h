// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/passes/pass.h"

namespace qs {

struct PreparedModel
{
    ModelPtr model;
    std::vector<PassReport> reports;
};

/// The one door through which passes go: runs those of \a passes in order, times each, checks after each that
/// changed something that the graph is still sound, and records it.
Result<PreparedModel> runPasses(const ModelPtr &model, const PassRegistry &passes, JobContext &job);

} // namespace qs
