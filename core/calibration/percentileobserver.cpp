// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/observer.h"

#include <algorithm>

namespace qs {
namespace {

/// Smallest t, to a bin's precision, with at most \a tail of the values outside [-t, t].
double magnitudeQuantile(const Histogram &histogram, double tail)
{
    const Range extent = histogram.extent();
    double inside = 0;
    double outside = std::max(-double(extent.min), double(extent.max));
    while (outside - inside > histogram.binWidth() / 16) {
        const double middle = (inside + outside) / 2;
        const auto t = static_cast<float>(middle);
        if (float(inside) >= t || t >= float(outside))
            break;
        (histogram.fractionOutside({-t, t}) > tail ? inside : outside) = middle;
    }
    return outside;
}

class PercentileObserver : public Observer
{
public:
    explicit PercentileObserver(double percentile)
        : m_tail(1 - percentile / 100)
    { }

    /// The values left out are shared by both ends; a tensor with values on one side of zero only has one
    /// end to leave them out at.
    Range range(const TensorStatistics &statistics, const QuantScheme &scheme) const override
    {
        const Range extent = statistics.extent;
        if (!statistics.histogram || statistics.histogram->isEmpty() || m_tail <= 0)
            return boundedRange(extent.min, extent.max, extent);
        const Histogram &histogram = *statistics.histogram;
        if (scheme.symmetric) {
            const double t = magnitudeQuantile(histogram, m_tail);
            return boundedRange(-t, t, extent);
        }
        if (extent.min >= 0)
            return boundedRange(0, histogram.quantile(1 - m_tail), extent);
        if (extent.max <= 0)
            return boundedRange(histogram.quantile(m_tail), 0, extent);
        return boundedRange(histogram.quantile(m_tail / 2), histogram.quantile(1 - m_tail / 2), extent);
    }

private:
    double m_tail;
};

} // namespace

void register_percentileobserver(ObserverRegistry &registry)
{
    registry.add(
        {.id = "percentile",
         .title = QS_TR_NOOP("Observer", "Percentile"),
         .help = QS_TR_NOOP("Observer", "Clips a fixed share of the values, half of it at each end."),
         .needsHistogram = true,
         .params
         = {realParam("percentile", 99.999, 50, 100, QS_TR_NOOP("Params", "Percentile"),
                      QS_TR_NOOP("Params", "Share of the values that stay inside the range, in percent."))},
         .make = [](const ParamSet &params) {
             return std::make_unique<PercentileObserver>(params.real("percentile"));
         }});
}

} // namespace qs
