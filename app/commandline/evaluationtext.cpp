// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/evaluationtext.h"

#include "app/commandline/options.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

std::string percent(double share, int decimals = 2)
{
    return formatNumber(share * 100, decimals) + " %";
}

std::string withInterval(const Proportion &p)
{
    return percent(p.value) + "  [" + percent(p.low) + ", " + percent(p.high) + "]";
}

std::string latencyText(const Latency &latency)
{
    return formatNumber(latency.medianMs, 3) + " ms median, " + formatNumber(latency.p90Ms, 3) + " ms p90, "
        + std::to_string(latency.threads) + " threads";
}

std::string decibels(double value)
{
    return std::isinf(value) ? "exact" : formatNumber(value, 1);
}

} // namespace

std::string evaluationText(const Evaluation &e)
{
    std::vector<std::pair<std::string, std::string>> lines;
    lines.emplace_back(
        "samples",
        std::to_string(e.samples) + (e.synthetic ? " (synthetic)" : "")
            + (e.skipped > 0 ? ", " + std::to_string(e.skipped) + " damaged ones skipped" : ""));
    if (e.top1)
        lines.emplace_back("top-1", withInterval(*e.top1));
    if (e.top5)
        lines.emplace_back("top-5", withInterval(*e.top5));
    if (e.referenceTop1)
        lines.emplace_back("reference top-1", withInterval(*e.referenceTop1));
    if (e.paired)
        lines.emplace_back("difference",
                           percent(e.paired->difference) + "  [" + percent(e.paired->low) + ", "
                               + percent(e.paired->high) + "], p = " + formatNumber(e.paired->pValue, 3));
    if (e.agreement)
        lines.emplace_back("agreement", withInterval(*e.agreement));
    if (e.outputSqnrDb)
        lines.emplace_back("output SQNR", decibels(*e.outputSqnrDb) + " dB");
    std::string size = formatBytes(e.sizeBytes);
    if (e.referenceSizeBytes > 0)
        size += ", "
            + formatNumber(static_cast<double>(e.sizeBytes) / static_cast<double>(e.referenceSizeBytes), 3)
            + " of the reference";
    lines.emplace_back("size", size);
    if (e.latency)
        lines.emplace_back("latency", latencyText(*e.latency));
    if (e.referenceLatency && e.latency)
        lines.emplace_back("reference latency",
                           latencyText(*e.referenceLatency) + ", speed-up "
                               + formatNumber(e.referenceLatency->medianMs / e.latency->medianMs, 2));
    std::vector<std::vector<std::string>> rows;
    for (const auto &[name, value] : lines)
        rows.push_back({name, "  " + value}); // the blanks keep figures from being aligned to the right
    return formatTable(rows);
}

std::string driftText(const Drift &drift, std::size_t rows)
{
    std::vector<const LayerDrift *> layers;
    for (const LayerDrift &layer : drift.layers)
        layers.push_back(&layer);
    if (rows > 0 && layers.size() > rows) {
        std::stable_sort(layers.begin(), layers.end(),
                         [](auto *a, auto *b) { return a->accumulated.sqnrDb < b->accumulated.sqnrDb; });
        layers.resize(rows);
    }
    std::vector<std::vector<std::string>> table {
        {"layer", "operator", "SQNR dB", "alone dB", "cosine", "max abs", "clipped %"}};
    for (const LayerDrift *layer : layers) {
        table.push_back(
            {layer->name, layer->op, decibels(layer->accumulated.sqnrDb),
             layer->alone ? decibels(layer->alone->sqnrDb) : "", formatNumber(layer->accumulated.cosine, 5),
             formatNumber(layer->accumulated.maxAbs, 4), formatNumber(layer->accumulated.clippedPercent, 3)});
    }
    return formatTable(table);
}

} // namespace qs
