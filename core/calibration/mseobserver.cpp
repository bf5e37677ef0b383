// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/observer.h"
#include "core/calibration/rangesearch.h"

namespace qs {
namespace {

class MseObserver : public Observer
{
public:
    Range range(const TensorStatistics &statistics, const QuantScheme &scheme) const override
    {
        const Range extent = statistics.extent;
        if (!statistics.histogram || statistics.histogram->isEmpty())
            return boundedRange(extent.min, extent.max, extent);
        const QuantLimits limits = limitsOf(scheme);
        const Range best = searchRange(extent, scheme.symmetric, [&](Range range) {
            return expectedQuantizationMse(*statistics.histogram, chooseScale(range, scheme), limits);
        });
        return boundedRange(best.min, best.max, extent);
    }
};

} // namespace

void register_mseobserver(ObserverRegistry &registry)
{
    registry.add({.id = "mse",
                  .title = QS_TR_NOOP("Observer", "Smallest squared error"),
                  .help = QS_TR_NOOP("Observer",
                                     "Weighs clipping against rounding: the range with the smallest expected "
                                     "squared error."),
                  .needsHistogram = true,
                  .params = {},
                  .make = [](const ParamSet &) { return std::make_unique<MseObserver>(); }});
}

} // namespace qs
