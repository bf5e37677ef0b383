// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/strategies/strategy.h"

namespace qs {

#define QS_BUILTIN(function) void function(StrategyRegistry &);
#include "builtinstrategies.inc"
#undef QS_BUILTIN

const StrategyRegistry &builtinStrategies()
{
    static const StrategyRegistry registry = [] {
        StrategyRegistry strategies;
#define QS_BUILTIN(function) function(strategies);
#include "builtinstrategies.inc"
#undef QS_BUILTIN
        return strategies;
    }();
    return registry;
}

} // namespace qs
