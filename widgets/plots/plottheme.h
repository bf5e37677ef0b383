// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>

namespace qs {

/// Colours and fonts of a plot, derived from the palette and font of its widget, so that plots follow the
/// theme. The series colours are from the colour-blind-safe set of Okabe and Ito (2008), darkened or
/// lightened until their contrast to the background is at least 3.
struct PlotTheme
{
    static PlotTheme from(const QPalette &palette, const QFont &font);

    bool dark = false;
    QColor background;
    QColor text;
    QColor mutedText;
    QColor axis;
    QColor grid;
    QColor highlight; ///< selection and focus
    QColor blue; ///< first series: float, band
    QColor orange; ///< second series: quantized, clip limits
    QColor green; ///< third series
    QColor vermilion; ///< bad
    QColor missing; ///< cells without a value
    QFont font; ///< titles and labels
    QFont smallFont; ///< ticks
};

} // namespace qs
