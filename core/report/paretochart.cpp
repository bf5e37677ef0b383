// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/charts.h"

#include "core/evaluation/pareto.h"
#include "core/report/axis.h"
#include "core/report/svg.h"
#include "core/report/text.h"

#include <algorithm>
#include <cmath>

namespace qs {
using namespace svg;

void writeParetoChart(XmlWriter &xml, std::span<const ParetoPoint> points, std::string_view costTitle,
                      std::string_view qualityTitle)
{
    if (points.empty())
        return;
    constexpr double kTop = 26, kPlot = 260, kBottom = 44;
    double maxCost = 0, low = points[0].low, high = points[0].high;
    std::vector<Tradeoff> choices;
    for (const ParetoPoint &point : points) {
        maxCost = std::max(maxCost, point.cost);
        low = std::min(low, point.low);
        high = std::max(high, point.high);
        choices.push_back({point.cost, point.quality});
    }
    const Axis across = linearAxis(0, maxCost * 1.08);
    const Axis up = linearAxis(low, high);
    const auto x = [&](double v) { return kLeft + (kWidth - kLeft - kRight) * across.position(v); };
    const auto y = [&](double v) { return kTop + kPlot * (1 - up.position(v)); };
    openSvg(xml, kTop + kPlot + kBottom, std::string(qualityTitle) + " over " + std::string(costTitle));
    label(xml, "tick", 4, 14, qualityTitle);
    for (const AxisTick &tick : up.ticks) {
        line(xml, "grid", kLeft, y(tick.value), kWidth - kRight, y(tick.value));
        label(xml, "tick end", kLeft - 6, y(tick.value) + 4, tick.label);
    }
    for (const AxisTick &tick : across.ticks)
        label(xml, "tick middle", x(tick.value), kTop + kPlot + 16, tick.label);
    label(xml, "tick end", kWidth - kRight, kTop + kPlot + 36, costTitle);
    line(xml, "axis", kLeft, kTop + kPlot, kWidth - kRight, kTop + kPlot);
    std::string front;
    for (const std::size_t i : paretoFront(choices)) {
        const double px = x(points[i].cost), py = y(points[i].quality);
        front += front.empty() ? "M" + number(px) + " " + number(py) : " H" + number(px) + " V" + number(py);
    }
    xml.empty("path", {{"class", "front"}, {"d", front}});
    for (const ParetoPoint &point : points) {
        const double px = x(point.cost), py = y(point.quality);
        xml.open("g");
        xml.leaf("title", {}, point.name + " · " + point.qualityText + " · " + point.costText);
        if (point.high > point.low)
            line(xml, "whisker", px, y(point.low), px, y(point.high));
        if (point.isReference)
            xml.empty("rect",
                      {{"class", "reference"},
                       {"x", number(px - 5)},
                       {"y", number(py - 5)},
                       {"width", "10"},
                       {"height", "10"}});
        else
            xml.empty("circle", {{"class", "point"}, {"cx", number(px)}, {"cy", number(py)}, {"r", "6"}});
        const bool atRight = px > kWidth * 0.75;
        label(xml, atRight ? "name end" : "name", px + (atRight ? -10 : 10), py - 8, point.name);
        xml.close();
    }
    xml.close();
}

} // namespace qs
