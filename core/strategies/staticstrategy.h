// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/strategies/strategy.h"

namespace qs {

/// Parameters of static INT8, and the strategy itself, for others that start from its plan.
std::vector<ParamSpec> staticParams();
std::unique_ptr<Strategy> makeStaticStrategy();

} // namespace qs
