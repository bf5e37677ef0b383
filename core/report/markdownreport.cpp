// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/environment.h"
#include "core/report/figures.h"
#include "core/report/layerrows.h"
#include "core/report/report.h"
#include "core/report/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace qs {
namespace {

constexpr std::size_t kWorstLayers = 15; // the CSV has them all

void row(std::string &text, std::initializer_list<std::string> cells)
{
    for (const std::string &cell : cells)
        text += "| " + cell + ' ';
    text += "|\n";
}

void addFigures(std::string &text, const Run &run)
{
    text += "| Figure | Value | Note |\n|---|---:|---|\n";
    for (const Figure &figure : keyFigures(run))
        row(text,
            {markdownCell(figure.label),
             (figure.isBad ? "**" + markdownCell(figure.value) + "**" : markdownCell(figure.value))
                 + (figure.isSynthetic ? " *(synthetic data)*" : ""),
             markdownCell(figure.note)});
}

void addFindings(std::string &text, const std::vector<Finding> &findings)
{
    if (findings.empty())
        return;
    text += "\n### Findings\n\n";
    for (const Finding &f : findings)
        text += "- **" + std::string(toString(f.severity)) + "** "
            + (f.subject.empty() ? "" : markdownCell(f.subject) + ": ") + markdownCell(f.detail.str()) + " (`"
            + f.code + "`)\n";
}

void addWorstLayers(std::string &text, const Run &run)
{
    std::vector<LayerRow> rows = makeLayerRows(run);
    std::erase_if(rows, [](const LayerRow &r) { return !r.drift; });
    if (rows.empty())
        return;
    std::stable_sort(rows.begin(), rows.end(),
                     [](const LayerRow &a, const LayerRow &b) { return a.drift->sqnrDb < b.drift->sqnrDb; });
    text += "\n### Layers furthest from float" + std::string(run.drift->synthetic ? " (synthetic data)" : "")
        + "\n\n| Layer | Operator | Precision | SQNR dB | Alone dB | Cosine | Clipped % "
          "|\n|---|---|---|---:|---:|---:|---:|\n";
    for (std::size_t i = 0; i < std::min(rows.size(), kWorstLayers); ++i) {
        const LayerRow &r = rows[i];
        row(text,
            {markdownCell(r.name), markdownCell(r.op), markdownCell(r.precision), fixed(r.drift->sqnrDb, 1),
             r.alone ? fixed(r.alone->sqnrDb, 1) : "–", fixed(r.drift->cosine, 5),
             fixed(r.drift->clippedPercent, 2)});
    }
}

void addRun(std::string &text, const Run &run)
{
    text += "\n## " + markdownCell(run.name) + "\n\n";
    if (run.quantized) {
        const Quantized &q = *run.quantized;
        text += "Strategy `" + q.recipe.strategy + "`, target `" + q.recipe.target + "`";
        if (q.statistics)
            text += ", calibrated on " + std::to_string(q.statistics->samples)
                + (q.statistics->synthetic ? " **synthetic** samples" : " samples");
        text += ".\n\n";
    }
    addFigures(text, run);
    if (run.quantized)
        addFindings(text, findingsOf(run));
    addWorstLayers(text, run);
}

} // namespace

std::string markdownReport(std::span<const RunPtr> runs)
{
    const Environment environment = thisMachine();
    std::string text = "# Quantization report: " + markdownCell(modelName(runs)) + "\n";
    for (const RunPtr &run : runs)
        addRun(text, *run);
    text += "\n---\n\n" + markdownCell(environment.runtime) + ", " + markdownCell(environment.processor)
        + ", " + std::to_string(environment.logicalCores) + " logical cores, "
        + markdownCell(environment.system) + "\n";
    return text;
}

} // namespace qs
