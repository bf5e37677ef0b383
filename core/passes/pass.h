// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/registry.h"
#include "core/model/graphedit.h"

#include <functional>

namespace qs {

/// What one pass did.
struct PassReport
{
    std::string pass;
    int changes = 0; ///< rewrites, not edits
    double milliseconds = 0;
    std::vector<Finding> findings;
};

/// One graph rewrite on the float graph that keeps what the model computes.
struct PassDescriptor
{
    std::string id; ///< "fold-batchnorm"
    int order = 0; ///< passes run in ascending order
    std::string title;
    /// Applies the rewrite wherever it matches; fills changes and findings of \a report.
    std::function<Status(GraphEdit &edit, PassReport &report, JobContext &job)> apply;
};
using PassRegistry = Registry<PassDescriptor>;

/// All passes of core/passes/*pass.cpp.
const PassRegistry &builtinPasses();

} // namespace qs
