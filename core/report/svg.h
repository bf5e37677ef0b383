// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/report/layerrows.h"
#include "core/report/xmlwriter.h"

#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What the charts share. Lengths are in units of the viewBox, which is kWidth wide.
namespace qs::svg {

inline constexpr double kWidth = 960;
inline constexpr double kLeft = 58; ///< room for the labels of the vertical axis
inline constexpr double kRight = 14;

std::string number(double value);
void openSvg(XmlWriter &xml, double height, std::string_view description); ///< to be closed by the caller
void line(XmlWriter &xml, std::string_view style, double x1, double y1, double x2, double y2);
void label(XmlWriter &xml, std::string_view style, double x, double y, std::string_view text);
/// A row of marks above the plot: the style class of a small square and what it stands for.
void legend(XmlWriter &xml, std::initializer_list<std::pair<std::string_view, std::string_view>> marks);

/// Splits \a rows into neighbouring groups, as many as there is room for columns.
std::vector<std::span<const LayerRow *const>> grouped(const std::vector<const LayerRow *> &rows);

/// Where the columns of \a count groups are.
struct Columns
{
    explicit Columns(std::size_t count);
    double centre(std::size_t i) const { return kLeft + step * (static_cast<double>(i) + 0.5); }
    double step = 0;
    double width = 0;
};

} // namespace qs::svg
