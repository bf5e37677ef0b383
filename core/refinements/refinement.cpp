// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/refinements/refinement.h"

namespace qs {

#define QS_BUILTIN(function) void function(RefinementRegistry &);
#include "builtinrefinements.inc"
#undef QS_BUILTIN

const RefinementRegistry &builtinRefinements()
{
    static const RefinementRegistry registry = [] {
        RefinementRegistry refinements;
#define QS_BUILTIN(function) function(refinements);
#include "builtinrefinements.inc"
#undef QS_BUILTIN
        return refinements;
    }();
    return registry;
}

std::vector<ParamSpec> refinementParams()
{
    std::vector<ParamSpec> params;
    for (const RefinementDescriptor &refinement : builtinRefinements().all())
        params.insert(params.end(), refinement.params.begin(), refinement.params.end());
    return params;
}

} // namespace qs
