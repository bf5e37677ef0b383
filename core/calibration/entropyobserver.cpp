// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/divergence.h"
#include "core/calibration/observer.h"
#include "core/calibration/rangesearch.h"

namespace qs {
namespace {

class EntropyObserver : public Observer
{
public:
    Range range(const TensorStatistics &statistics, const QuantScheme &scheme) const override
    {
        const Range extent = statistics.extent;
        const QuantLimits limits = limitsOf(scheme);
        const std::int64_t codes = std::int64_t {limits.max} - limits.min + 1;
        if (!statistics.histogram || statistics.histogram->isEmpty() || codes > Histogram::kBins)
            return boundedRange(extent.min, extent.max, extent);
        const Divergence divergence(*statistics.histogram);
        const Range best = searchRange(extent, scheme.symmetric, [&](Range range) {
            return divergence(range, static_cast<int>(codes));
        });
        return boundedRange(best.min, best.max, extent);
    }
};

} // namespace

void register_entropyobserver(ObserverRegistry &registry)
{
    registry.add({.id = "entropy",
                  .title = QS_TR_NOOP("Observer", "Entropy (Kullback-Leibler)"),
                  .help = QS_TR_NOOP("Observer",
                                     "The range whose quantized values are distributed most like the "
                                     "original ones."),
                  .needsHistogram = true,
                  .params = {},
                  .make = [](const ParamSet &) { return std::make_unique<EntropyObserver>(); }});
}

} // namespace qs
