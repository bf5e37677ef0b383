// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/base/registry.h"
#include "core/model/graphedit.h"
#include "core/model/shapes.h"
#include "core/plan/plan.h"

#include <functional>

namespace qs {

/// When a pass runs. Prepare passes keep what the model computes; Quantize passes carry out a plan; Tidy
/// passes remove what is left over.
enum class PassPhase { Prepare, Quantize, Tidy };

/// What a pass may look at beside the graph.
struct PassContext
{
    const ShapeMap &shapes; ///< of the model before this phase
    const Plan *plan = nullptr; ///< set in the Quantize phase
};

/// What one pass did.
struct PassReport
{
    std::string pass;
    int changes = 0; ///< rewrites, not edits
    double milliseconds = 0;
    std::vector<Finding> findings;
};

/// One graph rewrite.
struct PassDescriptor
{
    std::string id; ///< "fold-batchnorm"
    std::string title;
    PassPhase phase = PassPhase::Prepare;
    int order = 0; ///< passes of a phase run in ascending order
    /// Applies the rewrite wherever it matches; fills changes and findings of \a report.
    std::function<Status(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)>
        apply;
};
using PassRegistry = Registry<PassDescriptor>;

/// All passes of core/passes/*pass.cpp.
const PassRegistry &builtinPasses();

} // namespace qs
