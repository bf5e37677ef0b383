// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/model/graphview.h"
#include "core/plan/recipe.h"

namespace qs {

/// \a recipe with its exclude patterns for \a prepared, which the passes made of \a source: where a pattern
/// names a layer that was folded into another one (a batch normalization into its convolution), that one is
/// excluded and a finding says so. A layer that went without a trace, such as an Identity, is float anyway,
/// so its pattern is dropped. Patterns that match nothing stay, for excludedNodes() to refuse.
Recipe followFoldedLayers(Recipe recipe, const GraphView &source, const GraphView &prepared, JobContext &job);

} // namespace qs
