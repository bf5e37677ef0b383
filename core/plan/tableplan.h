// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/strategies/strategy.h"

namespace qs {

/// Plans the table that Gather \a id reads rows of as int8 (a scale for the table, or one a column when
/// \a isPerChannel) and makes \a entry an IntegerTable; with a reason in \a entry where that cannot be: the
/// table is no constant matrix of finite floats, or somebody reads it in another way.
Status planTable(const StrategyInput &input, const std::set<NodeId> &excluded, NodeId id, bool isPerChannel,
                 Plan &plan, NodePlan &entry);

} // namespace qs
