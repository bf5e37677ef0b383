// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace qs {

struct TopologicalOrder
{
    std::vector<NodeId> order; ///< all nodes; those of a cycle stand where they were met
    std::optional<NodeId> onCycle; ///< one node of a cycle, where there is any
};

/// Sorts \a nodes so that each comes after those that \a predecessors gives for it. Keeps the order of \a
/// nodes where that is possible: a node moves only to stand right before the first one that needs it.
TopologicalOrder sortTopologically(std::span<const NodeId> nodes,
                                   const std::function<std::vector<NodeId>(NodeId)> &predecessors);

} // namespace qs
