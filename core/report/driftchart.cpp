// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/charts.h"

#include "core/report/axis.h"
#include "core/report/svg.h"
#include "core/report/text.h"

#include <algorithm>
#include <cmath>

namespace qs {
using namespace svg;
namespace {

constexpr double kShownSqnrDb = 80; // above it a layer is as good as equal

double shown(double sqnrDb)
{
    return std::isnan(sqnrDb) ? 0 : std::clamp(sqnrDb, 0.0, kShownSqnrDb);
}

std::string groupNote(std::size_t count)
{
    return count > 1 ? " (worst of " + std::to_string(count) + " layers)" : std::string();
}

} // namespace

const char *driftClass(double sqnrDb)
{
    if (sqnrDb >= 30)
        return "good";
    return sqnrDb >= 15 ? "fair" : "poor"; // NaN is poor
}

void writeDriftChart(XmlWriter &xml, std::span<const LayerRow> rows)
{
    std::vector<const LayerRow *> compared;
    for (const LayerRow &row : rows) {
        if (row.drift)
            compared.push_back(&row);
    }
    if (compared.empty())
        return;
    constexpr double kTop = 30, kPlot = 190, kBottom = 22;
    double top = 20;
    for (const LayerRow *row : compared)
        top = std::max({top, shown(row->drift->sqnrDb), row->alone ? shown(row->alone->sqnrDb) : 0});
    const Axis axis = linearAxis(0, top);
    const auto y = [&](double db) { return kTop + kPlot * (1 - axis.position(db)); };
    openSvg(xml, kTop + kPlot + kBottom, "Signal to quantization noise ratio of each layer in decibel");
    legend(xml,
           {{"good", "30 dB and more"},
            {"fair", "15 to 30 dB"},
            {"poor", "below 15 dB"},
            {"alone", "layer alone"}});
    for (const AxisTick &tick : axis.ticks) {
        line(xml, "grid", kLeft, y(tick.value), kWidth - kRight, y(tick.value));
        label(xml, "tick end", kLeft - 6, y(tick.value) + 4, tick.label);
    }
    label(xml, "tick", 4, 15, "SQNR dB");
    const auto groups = grouped(compared);
    const Columns columns(groups.size());
    const double width = columns.width;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const LayerRow &row
            = **std::min_element(groups[i].begin(), groups[i].end(), [](const auto *a, const auto *b) {
                  return shown(a->drift->sqnrDb) < shown(b->drift->sqnrDb);
              });
        const double centre = columns.centre(i);
        const double height = std::max(kTop + kPlot - y(shown(row.drift->sqnrDb)), 1.0);
        xml.open("g");
        xml.leaf("title", {},
                 row.name + " · " + row.op + " · " + fixed(row.drift->sqnrDb, 1) + " dB"
                     + (row.alone ? ", alone " + fixed(row.alone->sqnrDb, 1) + " dB" : "")
                     + groupNote(groups[i].size()));
        xml.empty("rect",
                  {{"class", driftClass(row.drift->sqnrDb)},
                   {"x", number(centre - width / 2)},
                   {"y", number(kTop + kPlot - height)},
                   {"width", number(width)},
                   {"height", number(height)},
                   {"rx", number(std::min(width / 4, 2.0))}});
        if (row.alone)
            xml.empty("circle",
                      {{"class", "alone"},
                       {"cx", number(centre)},
                       {"cy", number(y(shown(row.alone->sqnrDb)))},
                       {"r", number(std::clamp(width / 3, 1.6, 3.5))}});
        xml.close();
    }
    line(xml, "axis", kLeft, kTop + kPlot, kWidth - kRight, kTop + kPlot);
    label(xml, "tick", kLeft, kTop + kPlot + 16, "input");
    label(xml, "tick end", kWidth - kRight, kTop + kPlot + 16, "output");
    xml.close();
}

} // namespace qs
