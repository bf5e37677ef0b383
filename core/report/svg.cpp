// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/svg.h"

#include "core/report/text.h"

#include <algorithm>

namespace qs::svg {
namespace {

constexpr std::size_t kMaxColumns = 180;

}

std::string number(double value)
{
    return fixed(value, 2);
}

void openSvg(XmlWriter &xml, double height, std::string_view description)
{
    xml.open("svg",
             {{"xmlns", "http://www.w3.org/2000/svg"},
              {"viewBox", "0 0 " + number(kWidth) + " " + number(height)},
              {"role", "img"},
              {"aria-label", description}});
}

void line(XmlWriter &xml, std::string_view style, double x1, double y1, double x2, double y2)
{
    xml.empty(
        "line",
        {{"class", style}, {"x1", number(x1)}, {"y1", number(y1)}, {"x2", number(x2)}, {"y2", number(y2)}});
}

void label(XmlWriter &xml, std::string_view style, double x, double y, std::string_view text)
{
    xml.leaf("text", {{"class", style}, {"x", number(x)}, {"y", number(y)}}, text);
}

void legend(XmlWriter &xml, std::initializer_list<std::pair<std::string_view, std::string_view>> marks)
{
    double x = kLeft + 30;
    for (const auto &[style, text] : marks) {
        xml.empty(
            "rect",
            {{"class", style}, {"x", number(x)}, {"y", "6"}, {"width", "10"}, {"height", "10"}, {"rx", "2"}});
        label(xml, "legend", x + 15, 15, text);
        x += 34 + 6.4 * static_cast<double>(text.size());
    }
}

std::vector<std::span<const LayerRow *const>> grouped(const std::vector<const LayerRow *> &rows)
{
    const std::size_t columns = std::min(rows.size(), kMaxColumns);
    std::vector<std::span<const LayerRow *const>> groups;
    for (std::size_t i = 0; i < columns; ++i) {
        const std::size_t first = i * rows.size() / columns;
        const std::size_t last = (i + 1) * rows.size() / columns;
        groups.push_back(std::span(rows).subspan(first, last - first));
    }
    return groups;
}

Columns::Columns(std::size_t count)
    : step((kWidth - kLeft - kRight) / static_cast<double>(std::max<std::size_t>(count, 1)))
    , width(std::min(step * 0.72, 26.0))
{ }

} // namespace qs::svg
