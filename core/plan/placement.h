// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/base/text.h"
#include "core/model/shapes.h"
#include "core/plan/plan.h"
#include "core/targets/target.h"

#include <map>
#include <set>

namespace qs {

struct PlacedNode
{
    NodeId id;
    NodeForm form = NodeForm::Float; ///< Float, Integer, Moves or Absorbed
    bool floatOutput = false; ///< Integer, but its output is not quantized again
    Text reason;
};

/// Which nodes run in integers and which activations therefore need a grid; no statistics needed to decide.
struct Placement
{
    std::vector<PlacedNode> nodes; ///< in topological order
    /// Quantized activation → name of its grid; values that must share scale and zero point have the same
    /// grid.
    std::map<std::string, std::string> grids;
    /// Grid → activations whose ranges it must cover.
    std::map<std::string, std::vector<std::string>> gridSources;

    const PlacedNode *find(NodeId id) const;
};

/// Nodes of \a excluded stay float because the user said so. Decides for \a model what \a target can run in
/// integers without loss of fusion: weighted nodes (Conv, Gemm, MatMul with a constant) first; then, along
/// the flow, operators with an integer kernel that read what an integer node made; then operators that only
/// move data between integer nodes. Post-processing (boxes, final Concat, Sigmoid, scaling) after the last
/// weighted node stays float, as 8 bits are too few there. Rules: onnxruntime
/// core/optimizer/qdq_transformer/selectors_actions, measured with 1.30.0.
Result<Placement> placeQuantizers(const Model &model, const ShapeMap &shapes, const Target &target,
                                  const std::set<NodeId> &excluded);

} // namespace qs
