// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/observer.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

/// \a value towards zero but not past it, and not beyond \a limit, an end of the extent.
float boundedEnd(double value, float limit)
{
    if (!std::isfinite(limit))
        return 0;
    if (!std::isfinite(value))
        return limit;
    const double end
        = limit < 0 ? std::clamp(value, double(limit), 0.0) : std::clamp(value, 0.0, double(limit));
    return static_cast<float>(end) + 0.F; // not -0
}

} // namespace

#define QS_BUILTIN(function) void function(ObserverRegistry &);
#include "builtinobservers.inc"
#undef QS_BUILTIN

const ObserverRegistry &builtinObservers()
{
    static const ObserverRegistry registry = [] {
        ObserverRegistry observers;
#define QS_BUILTIN(function) function(observers);
#include "builtinobservers.inc"
#undef QS_BUILTIN
        return observers;
    }();
    return registry;
}

Range boundedRange(double low, double high, Range extent)
{
    return {boundedEnd(low, std::min(extent.min, 0.F)), boundedEnd(high, std::max(extent.max, 0.F))};
}

} // namespace qs
