// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/environment.h"
#include "core/report/figures.h"
#include "core/report/htmlrun.h"
#include "core/report/report.h"
#include "core/report/stylesheet.h"
#include "core/report/text.h"

#include <algorithm>

namespace qs {
namespace {

std::string anchor(std::size_t index)
{
    return "run-" + std::to_string(index + 1);
}

void writeHead(XmlWriter &html, const std::string &model)
{
    const auto head = html.element("head");
    html.empty("meta", {{"charset", "utf-8"}});
    html.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
    html.leaf("title", {}, "Quantization report: " + model);
    const auto style = html.element("style");
    html.raw(kReportStyle);
}

void writeHeader(XmlWriter &html, std::span<const RunPtr> runs, const std::string &model)
{
    const auto header = html.element("header");
    html.leaf("div", {{"class", "kicker"}}, "Quantization report");
    html.leaf("h1", {}, model);
    std::string subtitle = runs.size() == 1 ? "1 run" : std::to_string(runs.size()) + " runs";
    for (const RunPtr &run : runs) {
        if (run->quantized && run->quantized->source) {
            subtitle += " of a float model of " + fileSize(run->quantized->source->sizeBytes());
            break;
        }
    }
    html.leaf("p", {{"class", "subtitle"}}, subtitle);
    if (runs.size() < 2)
        return;
    const auto nav = html.element("nav");
    for (std::size_t i = 0; i < runs.size(); ++i)
        html.leaf("a", {{"href", "#" + anchor(i)}}, runs[i]->name);
}

void writeComparisonRow(XmlWriter &html, const std::string &name, const std::string &link,
                        const std::vector<std::string> &labels, const std::vector<Figure> &figures)
{
    const auto row = html.element("tr");
    {
        const auto cell = html.element("td", {{"class", "layer"}});
        if (link.empty())
            html.text(name);
        else
            html.leaf("a", {{"href", link}}, name);
    }
    for (const std::string &label : labels) {
        const auto figure
            = std::find_if(figures.begin(), figures.end(), [&](const Figure &f) { return f.label == label; });
        const auto cell = html.element("td", {{"class", "n"}});
        html.text(figure == figures.end() ? "–" : figure->value);
        if (figure != figures.end() && figure->isSynthetic)
            writeSyntheticTag(html);
    }
}

void writeComparisonTable(XmlWriter &html, std::span<const RunPtr> runs)
{
    std::vector<std::string> labels;
    for (const RunPtr &run : runs) {
        for (const Figure &figure : keyFigures(*run)) {
            if (std::find(labels.begin(), labels.end(), figure.label) == labels.end())
                labels.push_back(figure.label);
        }
    }
    const auto scroll = html.element("div", {{"class", "scroll"}});
    const auto table = html.element("table");
    {
        const auto head = html.element("thead");
        const auto row = html.element("tr");
        html.leaf("th", {{"scope", "col"}}, "Run");
        for (const std::string &label : labels)
            html.leaf("th", {{"class", "n"}, {"scope", "col"}}, label);
    }
    const auto body = html.element("tbody");
    for (const RunPtr &run : runs) {
        const std::vector<Figure> reference = referenceFigures(*run);
        if (!reference.empty()) {
            writeComparisonRow(html, "float model", {}, labels, reference);
            break; // of one model; its time was taken once more with every run
        }
    }
    for (std::size_t i = 0; i < runs.size(); ++i)
        writeComparisonRow(html, runs[i]->name, "#" + anchor(i), labels, keyFigures(*runs[i]));
}

void writeComparison(XmlWriter &html, std::span<const RunPtr> runs)
{
    const ParetoData pareto = paretoData(runs);
    const auto section = html.element("section", {{"id", "comparison"}});
    html.leaf("h2", {}, "Comparison");
    writeComparisonTable(html, runs);
    if (!pareto.bySize.empty()) {
        html.leaf("h3", {}, "Quality over size");
        writeParetoChart(html, pareto.bySize, "Size, MB", pareto.qualityTitle);
    }
    if (!pareto.byLatency.empty()) {
        html.leaf("h3", {}, "Quality over latency");
        writeParetoChart(html, pareto.byLatency, "Median latency, ms", pareto.qualityTitle);
    }
    if (!pareto.bySize.empty() || !pareto.byLatency.empty())
        html.leaf("p", {{"class", "caption"}},
                  "The square is the float model, whiskers are 95 % intervals; nothing to the left of the "
                  "dashed front is better.");
}

void writeEnvironment(XmlWriter &html)
{
    const Environment environment = thisMachine();
    const auto footer = html.element("footer");
    const auto list = html.element("dl");
    const auto entry = [&](std::string_view name, const std::string &value) {
        if (value.empty())
            return;
        html.leaf("dt", {}, name);
        html.leaf("dd", {}, value);
    };
    entry("Runtime", environment.runtime);
    entry("Processor", environment.processor);
    entry("Vector units", environment.vectorUnits);
    entry("Logical cores", std::to_string(environment.logicalCores));
    entry("System", environment.system);
}

} // namespace

std::string htmlReport(std::span<const RunPtr> runs)
{
    const std::string model = modelName(runs);
    XmlWriter html;
    html.raw("<!DOCTYPE html>\n");
    {
        const auto root = html.element("html", {{"xmlns", "http://www.w3.org/1999/xhtml"}, {"lang", "en"}});
        writeHead(html, model);
        const auto body = html.element("body");
        writeHeader(html, runs, model);
        {
            const auto main = html.element("main");
            if (!runs.empty())
                writeComparison(html, runs);
            for (std::size_t i = 0; i < runs.size(); ++i)
                writeRunSection(html, *runs[i], anchor(i));
        }
        writeEnvironment(html);
    }
    return html.result();
}

} // namespace qs
