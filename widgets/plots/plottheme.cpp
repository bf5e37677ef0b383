// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plottheme.h"

#include "widgets/controls/contrast.h"
#include "widgets/controls/theme.h"

namespace qs {
namespace {

/// \a color moved towards black or white until it stands out from \a background.
QColor visibleOn(const QColor &background, const QColor &color)
{
    const QColor target = readableOn(background);
    QColor result = color;
    for (double share = 0; contrastRatio(result, background) < 3 && share < 1; share += 0.05)
        result = mixed(color, target, share);
    return result;
}

} // namespace

PlotTheme PlotTheme::from(const QPalette &palette, const QFont &font)
{
    PlotTheme theme;
    theme.dark = isDark(palette);
    theme.background = palette.color(QPalette::Base);
    theme.text = palette.color(QPalette::Text);
    theme.mutedText = mixed(theme.text, theme.background, 0.3);
    theme.axis = mixed(theme.text, theme.background, 0.5);
    theme.grid = mixed(theme.text, theme.background, theme.dark ? 0.84 : 0.88);
    theme.highlight = visibleOn(theme.background, palette.color(QPalette::Highlight));
    theme.blue
        = visibleOn(theme.background, theme.dark ? QColor(0x56, 0xb4, 0xe9) : QColor(0x00, 0x72, 0xb2));
    theme.orange = visibleOn(theme.background, QColor(0xe6, 0x9f, 0x00));
    theme.green = visibleOn(theme.background, QColor(0x00, 0x9e, 0x73));
    theme.vermilion = visibleOn(theme.background, QColor(0xd5, 0x5e, 0x00));
    theme.missing = mixed(theme.text, theme.background, 0.75);
    theme.font = font;
    theme.smallFont = font;
    if (font.pointSizeF() > 0)
        theme.smallFont.setPointSizeF(font.pointSizeF() * 0.9);
    else
        theme.smallFont.setPixelSize(font.pixelSize() * 9 / 10);
    return theme;
}

} // namespace qs
