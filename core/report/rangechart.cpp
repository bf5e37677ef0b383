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

void writeRangeChart(XmlWriter &xml, std::span<const LayerRow> rows)
{
    std::vector<const LayerRow *> ranged;
    for (const LayerRow &row : rows) {
        if (row.extent || row.clip)
            ranged.push_back(&row);
    }
    if (ranged.empty())
        return;
    constexpr double kTop = 30, kPlot = 210, kBottom = 22;
    std::vector<double> ends;
    for (const LayerRow *row : ranged) {
        for (const auto &range : {row->extent, row->clip}) {
            if (range)
                ends.insert(ends.end(), {range->min, range->max});
        }
    }
    const Axis axis = symmetricLogAxis(ends);
    const auto y = [&](double value) { return kTop + kPlot * (1 - axis.position(value)); };
    openSvg(xml, kTop + kPlot + kBottom,
            "Range of each layer's output in calibration and the range of its grid");
    legend(xml, {{"clip", "range of the grid"}, {"extent", "seen in calibration"}, {"cut", "clipped"}});
    for (const AxisTick &tick : axis.ticks) {
        line(xml, tick.value == 0 ? "axis" : "grid", kLeft, y(tick.value), kWidth - kRight, y(tick.value));
        label(xml, "tick end", kLeft - 6, y(tick.value) + 4, tick.label);
    }
    const auto groups = grouped(ranged);
    const Columns columns(groups.size());
    const double width = columns.width;
    const auto box = [&](std::string_view style, double centre, double w, double from, double to) {
        xml.empty("rect",
                  {{"class", style},
                   {"x", number(centre - w / 2)},
                   {"y", number(y(to))},
                   {"width", number(w)},
                   {"height", number(std::max(y(from) - y(to), 0.8))}});
    };
    const auto span = [](const LayerRow *row) {
        const Range r = row->extent ? *row->extent : *row->clip;
        return static_cast<double>(r.max) - r.min;
    };
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const LayerRow &row
            = **std::max_element(groups[i].begin(), groups[i].end(),
                                 [&](const auto *a, const auto *b) { return span(a) < span(b); });
        const double centre = columns.centre(i);
        xml.open("g");
        const auto text = [](const Range &r) { return compact(r.min) + " to " + compact(r.max); };
        xml.leaf("title", {},
                 row.name + " · " + row.op + (row.extent ? " · seen " + text(*row.extent) : "")
                     + (row.clip ? " · grid " + text(*row.clip) : "")
                     + (groups[i].size() > 1 ? " (widest of " + std::to_string(groups[i].size()) + " layers)"
                                             : ""));
        if (row.clip)
            box("clip", centre, width, row.clip->min, row.clip->max);
        if (row.extent) {
            const Range inside = row.clip
                ? Range {std::max(row.extent->min, row.clip->min), std::min(row.extent->max, row.clip->max)}
                : *row.extent;
            const double thin = std::max(width * 0.4, 1.0);
            if (row.clip && row.extent->max > row.clip->max)
                box("cut", centre, thin, row.clip->max, row.extent->max);
            if (row.clip && row.extent->min < row.clip->min)
                box("cut", centre, thin, row.extent->min, row.clip->min);
            if (inside.min <= inside.max)
                box("extent", centre, thin, inside.min, inside.max);
        }
        xml.close();
    }
    label(xml, "tick", kLeft, kTop + kPlot + 16, "input");
    label(xml, "tick end", kWidth - kRight, kTop + kPlot + 16, "output");
    xml.close();
}

} // namespace qs
