// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/observer.h"

namespace qs {
namespace {

class MinMaxObserver : public Observer
{
public:
    Range range(const TensorStatistics &statistics, const QuantScheme &) const override
    {
        return boundedRange(statistics.extent.min, statistics.extent.max, statistics.extent);
    }
};

} // namespace

void register_minmaxobserver(ObserverRegistry &registry)
{
    registry.add({.id = "minmax",
                  .title = QS_TR_NOOP("Observer", "Minimum and maximum"),
                  .help = QS_TR_NOOP("Observer",
                                     "Nothing is clipped: the range reaches from the smallest to the largest "
                                     "value seen. One outlier makes all steps coarse."),
                  .needsHistogram = false,
                  .params = {},
                  .make = [](const ParamSet &) { return std::make_unique<MinMaxObserver>(); }});
}

} // namespace qs
