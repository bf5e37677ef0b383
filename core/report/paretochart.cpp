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

namespace {

struct Box
{
    double left, top, right, bottom;

    bool meets(const Box &other) const
    {
        return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
    }
};

/// Writes names beside their points, on the side where they meet no other name.
class NameWriter
{
public:
    explicit NameWriter(XmlWriter &xml)
        : m_xml(xml)
    { }

    /// Keeps names off a point and its whisker.
    void avoid(double x, double top, double bottom) { m_taken.push_back({x - 7, top, x + 7, bottom}); }

    void write(const std::string &name, double x, double y)
    {
        const double length = 6.4 * static_cast<double>(name.size()); // of the style's 11.5 px
        Box chosen {};
        bool atLeft = false;
        for (int side = 0; side < 4; ++side) {
            const bool left = side >= 2 || x + 10 + length > kWidth;
            const double base = side % 2 == 0 ? y - 8 : y + 18;
            const double start = left ? x - 10 - length : x + 10;
            const Box box {start, base - 11, start + length, base + 3};
            const bool isFree
                = std::none_of(m_taken.begin(), m_taken.end(), [&](const Box &b) { return b.meets(box); });
            if (side == 0 || isFree) {
                chosen = box;
                atLeft = left;
            }
            if (isFree)
                break;
        }
        m_taken.push_back(chosen);
        label(m_xml, atLeft ? "name end" : "name", atLeft ? chosen.right : chosen.left, chosen.bottom - 3,
              name);
    }

private:
    XmlWriter &m_xml;
    std::vector<Box> m_taken;
};

} // namespace

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
    NameWriter names(xml);
    for (const ParetoPoint &point : points)
        names.avoid(x(point.cost), y(point.high) - 2, y(point.low) + 2);
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
        names.write(point.name, px, py);
        xml.close();
    }
    xml.close();
}

} // namespace qs
