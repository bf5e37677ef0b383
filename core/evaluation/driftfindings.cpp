// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/driftfindings.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace qs {
namespace {

constexpr double kHighDriftDb = 15; // an error of 18 % of the signal's magnitude
constexpr std::size_t kMostHighDrift = 5;
constexpr double kClippedPercent = 1;
// An all-zero channel has error power = signal power, 0 dB; the sums are exact to many more digits.
constexpr float kZeroDb = 1e-4F;

std::string number(double value)
{
    std::array<char, 32> text {};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

std::vector<const LayerDrift *> sorted(const Drift &drift, bool (*wanted)(const LayerDrift &),
                                       bool (*before)(const LayerDrift &, const LayerDrift &))
{
    std::vector<const LayerDrift *> layers;
    for (const LayerDrift &layer : drift.layers) {
        if (wanted(layer))
            layers.push_back(&layer);
    }
    std::stable_sort(layers.begin(), layers.end(), [&](auto *a, auto *b) { return before(*a, *b); });
    return layers;
}

void addHighDrift(const Drift &drift, std::vector<Finding> &findings)
{
    auto layers = sorted(
        drift, [](const LayerDrift &l) { return l.accumulated.sqnrDb < kHighDriftDb; },
        [](const LayerDrift &a, const LayerDrift &b) { return a.accumulated.sqnrDb < b.accumulated.sqnrDb; });
    layers.resize(std::min(layers.size(), kMostHighDrift));
    for (const LayerDrift *layer : layers) {
        const std::string all = number(layer->accumulated.sqnrDb);
        Text detail = sentence(QS_TR_NOOP("Sentence", "SQNR %1 dB"), {all});
        if (layer->alone && layer->alone->sqnrDb < kHighDriftDb)
            detail = sentence(QS_TR_NOOP("Sentence",
                                         "SQNR %1 dB, %2 dB on float activations: this layer loses it; keep "
                                         "it float or change its range"),
                              {all, number(layer->alone->sqnrDb)});
        else if (layer->alone)
            detail = sentence(
                QS_TR_NOOP(
                    "Sentence",
                    "SQNR %1 dB, but %2 dB on float activations: the loss comes from the layers before it"),
                {all, number(layer->alone->sqnrDb)});
        findings.push_back({Severity::Warning, "high-drift", layer->name, detail});
    }
}

void addClipped(const Drift &drift, std::vector<Finding> &findings)
{
    const auto layers = sorted(
        drift, [](const LayerDrift &l) { return l.accumulated.clippedPercent > kClippedPercent; },
        [](const LayerDrift &a, const LayerDrift &b) {
            return a.accumulated.clippedPercent > b.accumulated.clippedPercent;
        });
    for (const LayerDrift *layer : layers)
        findings.push_back({Severity::Warning, "clipped-activations", layer->name,
                            sentence(QS_TR_NOOP("Sentence",
                                                "%1 % of the float values of %2 lie outside its range: "
                                                "calibrate on data like this or widen the range"),
                                     {number(layer->accumulated.clippedPercent), layer->tensor})});
}

std::size_t deadChannels(const LayerDrift &layer)
{
    return static_cast<std::size_t>(std::count_if(layer.channelSqnrDb.begin(), layer.channelSqnrDb.end(),
                                                  [](float db) { return std::abs(db) < kZeroDb; }));
}

void addDeadChannels(const Drift &drift, std::vector<Finding> &findings)
{
    const auto layers = sorted(
        drift, [](const LayerDrift &l) { return deadChannels(l) > 0; },
        [](const LayerDrift &a, const LayerDrift &b) { return deadChannels(a) > deadChannels(b); });
    for (const LayerDrift *layer : layers)
        findings.push_back(
            {Severity::Warning, "dead-channels", layer->name,
             sentence(QS_TR_NOOP("Sentence",
                                 "%1 of %2 channels became zero: their values are smaller than half a step "
                                 "of the tensor's grid; equalize the layers or keep this one float"),
                      {std::to_string(deadChannels(*layer)), std::to_string(layer->channelSqnrDb.size())})});
}

} // namespace

std::vector<Finding> driftFindings(const Drift &drift)
{
    std::vector<Finding> findings;
    addHighDrift(drift, findings);
    addClipped(drift, findings);
    addDeadChannels(drift, findings);
    return findings;
}

} // namespace qs
