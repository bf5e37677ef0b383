// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/htmlrun.h"

#include "core/report/charts.h"
#include "core/report/figures.h"
#include "core/report/text.h"
#include "core/report/trainingtext.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace qs {
namespace {

void cell(XmlWriter &html, std::string_view style, std::string_view text)
{
    html.leaf("td", {{"class", style}}, text);
}

void headings(XmlWriter &html, std::initializer_list<std::pair<std::string_view, std::string_view>> columns)
{
    const auto head = html.element("thead");
    const auto row = html.element("tr");
    for (const auto &[style, title] : columns)
        html.leaf("th", {{"class", style}, {"scope", "col"}}, title);
}

void writeCards(XmlWriter &html, const Run &run)
{
    const auto cards = html.element("div", {{"class", "cards"}});
    for (const Figure &figure : keyFigures(run)) {
        const auto card = html.element("div", {{"class", figure.isBad ? "card bad" : "card"}});
        html.leaf("div", {{"class", "label"}}, figure.label);
        html.leaf("div", {{"class", "value"}}, figure.value);
        html.leaf("div", {{"class", "note"}}, figure.note);
        if (figure.isSynthetic)
            writeSyntheticTag(html);
    }
}

void writeFindings(XmlWriter &html, std::vector<Finding> findings)
{
    std::stable_sort(findings.begin(), findings.end(),
                     [](const Finding &a, const Finding &b) { return a.severity > b.severity; });
    html.leaf("h3", {}, "Findings");
    if (findings.empty()) {
        html.leaf("p", {{"class", "soft"}}, "None.");
        return;
    }
    const auto list = html.element("ul", {{"class", "findings"}});
    for (const Finding &finding : findings) {
        const auto item = html.element("li");
        html.leaf("span", {{"class", std::string("level ") + toString(finding.severity)}},
                  toString(finding.severity));
        const auto body = html.element("div");
        if (!finding.subject.empty())
            html.leaf("div", {{"class", "subject"}}, finding.subject);
        html.leaf("div", {}, finding.detail.str());
        html.leaf("code", {{"class", "soft"}}, finding.code);
    }
}

void writeMeter(XmlWriter &html, double sqnrDb)
{
    const double share = std::isnan(sqnrDb) ? 0 : std::clamp(sqnrDb / 60, 0.0, 1.0);
    const auto meter = html.element("span", {{"class", "meter"}});
    html.leaf("i", {{"class", driftClass(sqnrDb)}, {"style", "width:" + fixed(share * 100, 0) + "%"}}, "");
}

std::string rangeText(const std::optional<Range> &range)
{
    return range ? compact(range->min) + " … " + compact(range->max) : std::string("–");
}

void writeLayer(XmlWriter &html, const LayerRow &row)
{
    const auto line = html.element("tr", {{"class", row.quantized ? "int" : "float"}});
    cell(html, "layer", row.name);
    cell(html, "short", row.op);
    cell(html, "short", row.weights.empty() ? row.precision : row.precision + " × " + row.weights);
    cell(html, "reason", row.observer.empty() ? row.reason : row.reason + "; range: " + row.observer);
    cell(html, "n", rangeText(row.extent));
    cell(html, "n", rangeText(row.clip));
    {
        const auto sqnr = html.element("td", {{"class", "n"}});
        html.text(row.drift ? fixed(row.drift->sqnrDb, 1) : "–");
        if (row.drift)
            writeMeter(html, row.drift->sqnrDb);
    }
    cell(html, "n", row.alone ? fixed(row.alone->sqnrDb, 1) : "–");
    cell(html, "n", row.drift ? fixed(row.drift->cosine, 5) : "–");
    cell(html, "n", row.drift ? fixed(row.drift->clippedPercent, 2) : "–");
}

void writeLayers(XmlWriter &html, const std::vector<LayerRow> &rows)
{
    if (rows.empty())
        return;
    html.leaf("h3", {}, "Layers");
    const auto scroll = html.element("div", {{"class", "scroll"}});
    const auto table = html.element("table");
    headings(html,
             {{"", "Layer"},
              {"", "Operator"},
              {"", "Precision"},
              {"", "Why"},
              {"n", "Seen range"},
              {"n", "Grid range"},
              {"n", "SQNR dB"},
              {"n", "Alone dB"},
              {"n", "Cosine"},
              {"n", "Clipped %"}});
    const auto body = html.element("tbody");
    for (const LayerRow &row : rows)
        writeLayer(html, row);
}

void writeFloatLayers(XmlWriter &html, const std::vector<LayerRow> &rows)
{
    std::map<std::string, std::vector<const LayerRow *>> byReason;
    for (const LayerRow &row : rows) {
        if (!row.quantized && !row.reason.empty())
            byReason[row.reason].push_back(&row);
    }
    if (byReason.empty())
        return;
    html.leaf("h3", {}, "What stayed float, and why");
    const auto scroll = html.element("div", {{"class", "scroll"}});
    const auto table = html.element("table");
    headings(html, {{"", "Reason"}, {"n", "Layers"}, {"", "Which"}});
    const auto body = html.element("tbody");
    for (const auto &[reason, layers] : byReason) {
        const auto row = html.element("tr");
        cell(html, "", reason);
        cell(html, "n", std::to_string(layers.size()));
        constexpr std::size_t kNamed = 12;
        std::string names;
        for (std::size_t i = 0; i < std::min(layers.size(), kNamed); ++i)
            names += (i > 0 ? ", " : "") + layers[i]->name + " (" + layers[i]->op + ")";
        if (layers.size() > kNamed)
            names += " and " + std::to_string(layers.size() - kNamed) + " more";
        cell(html, "reason", names);
    }
}

void writePasses(XmlWriter &html, const std::vector<PassReport> &passes)
{
    if (passes.empty())
        return;
    html.leaf("h3", {}, "Passes");
    const auto scroll = html.element("div", {{"class", "scroll"}});
    const auto table = html.element("table");
    headings(html, {{"", "Pass"}, {"n", "Changes"}, {"n", "Time, ms"}, {"", "Remarks"}});
    const auto body = html.element("tbody");
    for (const PassReport &pass : passes) {
        const auto row = html.element("tr");
        cell(html, "", pass.pass);
        cell(html, "n", std::to_string(pass.changes));
        cell(html, "n", fixed(pass.milliseconds, 1));
        std::string remarks;
        for (const Finding &finding : pass.findings)
            remarks += (remarks.empty() ? "" : "; ") + finding.detail.str();
        cell(html, "reason", remarks);
    }
}

void writeEpochs(XmlWriter &html, const TrainingHistory &history)
{
    const auto scroll = html.element("div", {{"class", "scroll"}});
    const auto table = html.element("table");
    headings(html,
             {{"n", "Epoch"},
              {"n", "Loss"},
              {"n", "Loss, held back"},
              {"n", "Accuracy"},
              {"n", "Accuracy, held back"},
              {"n", "Learning rate"},
              {"n", "Time, s"}});
    const auto body = html.element("tbody");
    for (const TrainingEpoch &epoch : history.epochs) {
        const auto row = html.element("tr");
        cell(html, "n", std::to_string(epoch.epoch));
        cell(html, "n", epoch.loss ? fixed(*epoch.loss, 4) : "–");
        cell(html, "n", fixed(epoch.validationLoss, 4));
        cell(html, "n", epoch.accuracy ? percent(*epoch.accuracy) : "–");
        cell(html, "n", epoch.validationAccuracy ? percent(*epoch.validationAccuracy) : "–");
        cell(html, "n", fixed(epoch.learningRate, 6));
        cell(html, "n", fixed(epoch.seconds, 1));
    }
}

void writeDifferences(XmlWriter &html, const TrainingHistory &history)
{
    constexpr std::size_t kShown = 10;
    const std::vector<SimulationDifference> worst = worstDifferences(history, kShown);
    if (worst.empty())
        return;
    html.leaf("p", {{"class", "caption"}},
              "How the integers of the exported model differ from those that were simulated: the "
                  + std::to_string(worst.size()) + " worst of " + std::to_string(history.differences.size())
                  + " activations.");
    const auto scroll = html.element("div", {{"class", "scroll"}});
    const auto table = html.element("table");
    headings(html,
             {{"", "Activation"}, {"n", "Different integers"}, {"n", "Largest, steps"}, {"n", "SQNR dB"}});
    const auto body = html.element("tbody");
    for (const SimulationDifference &one : worst) {
        const auto row = html.element("tr");
        cell(html, "layer", one.tensor);
        cell(html, "n", percent(one.changed));
        cell(html, "n", std::to_string(one.largest));
        cell(html, "n", fixed(one.sqnrDb, 1));
    }
}

void writeTraining(XmlWriter &html, const TrainingHistory &history)
{
    html.leaf("h3", {}, "Training");
    html.leaf("p", {{"class", "caption"}},
              "Learned from " + history.supervision + " on " + std::to_string(history.samples) + " samples, "
                  + std::to_string(history.validationSamples) + " held back; " + trainingText(history)
                  + ". Epoch 0 is before training.");
    writeEpochs(html, history);
    writeDifferences(html, history);
}

void writeHeading(XmlWriter &html, const Run &run)
{
    const auto heading = html.element("div", {{"class", "heading"}});
    html.leaf("h2", {}, run.name);
    if (!run.quantized)
        return;
    const Quantized &q = *run.quantized;
    html.leaf("span", {{"class", "tag"}}, "strategy " + q.recipe.strategy);
    html.leaf("span", {{"class", "tag"}}, "target " + q.recipe.target);
    if (!q.statistics)
        return;
    html.leaf("span", {{"class", "tag"}},
              "calibrated on " + std::to_string(q.statistics->samples) + " samples");
    if (q.statistics->synthetic)
        html.leaf("span", {{"class", "tag warn"}}, "calibrated on synthetic data: ranges mean nothing");
}

} // namespace

void writeSyntheticTag(XmlWriter &html)
{
    html.leaf("span", {{"class", "tag warn"}}, "synthetic data");
}

void writeRunSection(XmlWriter &html, const Run &run, const std::string &id)
{
    const auto section = html.element("section", {{"id", id}});
    writeHeading(html, run);
    writeCards(html, run);
    const std::vector<LayerRow> rows = makeLayerRows(run);
    if (run.quantized)
        writeFindings(html, findingsOf(run));
    if (run.quantized && run.quantized->training)
        writeTraining(html, *run.quantized->training);
    if (run.drift && !run.drift->layers.empty()) {
        html.leaf("h3", {}, "Drift from float, layer by layer");
        if (run.drift->synthetic)
            writeSyntheticTag(html);
        writeDriftChart(html, rows);
        html.leaf(
            "p", {{"class", "caption"}},
            "Signal to quantization noise ratio of each layer's output over "
                + std::to_string(run.drift->sampleIds.size())
                + " samples: the column on the quantized model's own activations, the dot with the float "
                  "model's activations fed to that layer. Longer is better.");
    }
    if (std::any_of(rows.begin(), rows.end(), [](const LayerRow &r) { return r.extent || r.clip; })) {
        html.leaf("h3", {}, "Ranges and clip limits");
        writeRangeChart(html, rows);
    }
    writeLayers(html, rows);
    writeFloatLayers(html, rows);
    if (!run.quantized)
        return;
    writePasses(html, run.quantized->passes);
    html.leaf("h3", {}, "Recipe");
    html.leaf("pre", {},
              toJson(run.quantized->recipe).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

} // namespace qs
