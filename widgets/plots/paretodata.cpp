// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/paretodata.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

void setShare(ParetoPoint &point, const Proportion &share)
{
    point.quality = 100 * share.value;
    point.qualityLow = 100 * share.low;
    point.qualityHigh = 100 * share.high;
}

bool setQuality(ParetoPoint &point, const Evaluation &evaluation, ParetoQuality quality)
{
    if (quality == ParetoQuality::OutputSqnr) {
        if (!evaluation.outputSqnrDb || !std::isfinite(*evaluation.outputSqnrDb))
            return false;
        point.quality = point.qualityLow = point.qualityHigh = *evaluation.outputSqnrDb;
        return true;
    }
    const auto &share = quality == ParetoQuality::Top1 ? evaluation.top1 : evaluation.agreement;
    if (share)
        setShare(point, *share);
    return share.has_value();
}

bool setCost(ParetoPoint &point, std::uint64_t size, const std::optional<Latency> &latency, ParetoCost cost)
{
    if (cost == ParetoCost::Size) {
        point.cost = point.costHigh = static_cast<double>(size);
        return size > 0;
    }
    if (latency) {
        point.cost = latency->medianMs;
        point.costHigh = latency->p90Ms;
    }
    return latency.has_value();
}

/// The float model agrees with itself; its SQNR would be infinite.
std::optional<ParetoPoint> referencePoint(const Evaluation &evaluation, ParetoCost cost,
                                          ParetoQuality quality)
{
    ParetoPoint point;
    if (!setCost(point, evaluation.referenceSizeBytes, evaluation.referenceLatency, cost))
        return {};
    if (quality == ParetoQuality::Agreement && evaluation.agreement) {
        point.quality = point.qualityLow = point.qualityHigh = 100;
        return point;
    }
    if (quality == ParetoQuality::Top1 && evaluation.referenceTop1) {
        setShare(point, *evaluation.referenceTop1);
        return point;
    }
    return {};
}

void markFront(std::vector<ParetoPoint> &points)
{
    for (ParetoPoint &point : points)
        point.onFront = std::none_of(points.begin(), points.end(), [&](const ParetoPoint &other) {
            return other.cost <= point.cost && other.quality >= point.quality
                && (other.cost < point.cost || other.quality > point.quality);
        });
}

} // namespace

ParetoQuality bestQuality(std::span<const RunPtr> runs)
{
    const auto any = [&](auto has) {
        return std::any_of(runs.begin(), runs.end(),
                           [&](const RunPtr &run) { return run->evaluation && has(*run->evaluation); });
    };
    if (any([](const Evaluation &e) { return e.top1.has_value(); }))
        return ParetoQuality::Top1;
    if (any([](const Evaluation &e) { return e.agreement.has_value(); }))
        return ParetoQuality::Agreement;
    return ParetoQuality::OutputSqnr;
}

std::vector<ParetoPoint> paretoPoints(std::span<const RunPtr> runs, ParetoCost cost, ParetoQuality quality)
{
    std::vector<ParetoPoint> points;
    for (const RunPtr &run : runs) {
        if (!run->evaluation)
            continue;
        if (auto reference = referencePoint(*run->evaluation, cost, quality)) {
            points.push_back(std::move(*reference));
            break;
        }
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Evaluation *evaluation = runs[i]->evaluation.get();
        ParetoPoint point;
        point.name = runs[i]->name;
        point.run = static_cast<int>(i);
        if (evaluation && setQuality(point, *evaluation, quality)
            && setCost(point, evaluation->sizeBytes, evaluation->latency, cost))
            points.push_back(std::move(point));
    }
    markFront(points);
    return points;
}

} // namespace qs
