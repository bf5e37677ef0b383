// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphedit.h"
#include "core/plan/plan.h"

namespace qs {

/// The matrix of a MatMul or Gemm in blocks, whichever way round the node has it.
struct BlockWeight
{
    std::string name; ///< of the float initializer
    bool isTransposed = false; ///< the node has it as [outputs, inputs]
    std::int64_t outputs = 0;
    std::int64_t inputs = 0;
    BlockScheme scheme;
    BlockCodes blocks; ///< [outputs, inputs]
};

/// Carries out what \a plan says of the weight (input 1) of \a id; null when it has no blocks in store for
/// it or the weight is no constant matrix. Error: damaged weights, codes of another matrix.
Result<std::optional<BlockWeight>> blockWeight(const GraphEdit &edit, NodeId id, const Plan &plan);

} // namespace qs
