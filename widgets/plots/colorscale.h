// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

class QCPColorGradient;

namespace qs {

/// Perceptually uniform maps that colour-blind people can read. Viridis: S. van der Walt, N. Smith (2015,
/// CC0). Cividis: Nuñez, Anderton, Renslow (2018).
enum class ColorMap { Viridis, Cividis };

/// A number's colour: \a low and below is the dark end, \a high and above the bright one, or the other way
/// round.
struct ColorScale
{
    ColorMap map = ColorMap::Viridis;
    double low = 0;
    double high = 1;
    bool reversed = false;

    /// Invalid for NaN.
    QColor color(double value) const;
    /// For QCustomPlot; values that are NaN get \a missing.
    QCPColorGradient gradient(const QColor &missing) const;

    bool operator==(const ColorScale &) const = default;
};

/// The colour at \a position 0..1 of \a map.
QColor mapColor(ColorMap map, double position);

} // namespace qs
