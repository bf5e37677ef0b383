// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paramspec.h"
#include "core/base/registry.h"
#include "core/calibration/statistics.h"

#include <functional>
#include <memory>

namespace qs {

/// Turns the statistics of a tensor into the range it will be quantized over.
class Observer
{
public:
    virtual ~Observer() = default;
    /// Always finite, contains 0 and lies within the extent widened to 0.
    virtual Range range(const TensorStatistics &statistics, const QuantScheme &scheme) const = 0;
};

struct ObserverDescriptor
{
    std::string id; ///< "minmax", "moving-average", "percentile", "entropy", "mse"
    std::string title;
    std::string help;
    bool needsHistogram = false;
    std::vector<ParamSpec> params;
    std::function<std::unique_ptr<Observer>(const ParamSet &)> make;
};
using ObserverRegistry = Registry<ObserverDescriptor>;

/// [\a low, \a high] made to contain 0 and to lie within \a extent widened to 0. An end that is not finite
/// becomes the extent's.
Range boundedRange(double low, double high, Range extent);

/// All observers of core/calibration/*observer.cpp.
const ObserverRegistry &builtinObservers();

} // namespace qs
