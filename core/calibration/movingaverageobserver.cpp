// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/observer.h"

namespace qs {
namespace {

class MovingAverageObserver : public Observer
{
public:
    Range range(const TensorStatistics &statistics, const QuantScheme &) const override
    {
        return boundedRange(statistics.movingAverage.min, statistics.movingAverage.max, statistics.extent);
    }
};

} // namespace

void register_movingaverageobserver(ObserverRegistry &registry)
{
    registry.add({.id = "moving-average",
                  .title = QS_TR_NOOP("Observer", "Moving average of minimum and maximum"),
                  .help = QS_TR_NOOP("Observer",
                                     "The extremes of each sample are averaged (factor 0.01, in the order of "
                                     "the samples), so that one odd sample weighs little."),
                  .needsHistogram = false,
                  .params = {},
                  .make = [](const ParamSet &) { return std::make_unique<MovingAverageObserver>(); }});
}

} // namespace qs
