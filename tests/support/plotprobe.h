// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/plotwidget.h"

#include <QImage>
#include <QSet>
#include <QTest>

/// Helpers for tests of plots: show one, point at it, look at what it painted.
namespace qs::probe {

/// Shows \a plot at \a size and lets it lay itself out.
inline void show(PlotWidget &plot, QSize size = {900, 480})
{
    plot.resize(size);
    plot.show();
    QVERIFY(QTest::qWaitForWindowExposed(&plot));
    plot.plot().replot();
    plot.plot().replot();
}

/// Pixel of \a plot for coordinates of its first axes.
inline QPoint pixel(const PlotWidget &plot, double x, double y)
{
    return {static_cast<int>(plot.plot().xAxis->coordToPixel(x)),
            static_cast<int>(plot.plot().yAxis->coordToPixel(y))};
}

/// A whole double-click; QTest::mouseDClick() leaves the button pressed.
inline void doubleClick(const PlotWidget &plot, QPoint at)
{
    QTest::mouseDClick(&plot.plot(), Qt::LeftButton, {}, at);
    QTest::mouseRelease(&plot.plot(), Qt::LeftButton, {}, at);
}

/// Number of different colours, up to \a enough: a blank picture has one.
inline qsizetype colorCount(const QImage &image, qsizetype enough = 16)
{
    QSet<QRgb> colors;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width() && colors.size() < enough; ++x)
            colors.insert(image.pixel(x, y));
    return colors.size();
}

inline QColor background(const PlotWidget &plot)
{
    return plot.plot().toPixmap().toImage().pixelColor(1, 1);
}

} // namespace qs::probe
