// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// How a plot fits its texts into the room that it has.
#include "widgets/plots/plotwidget.h"

#include "widgets/plots/layerticker.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

constexpr double kSlant = -45;
constexpr double kWidestLabel = 180;

/// \a text in at most two lines of \a room pixels: broken rather than cut.
QString fitted(const QString &text, const QFontMetrics &metrics, int room)
{
    const auto cut = [&](const QString &line) { return metrics.elidedText(line, Qt::ElideRight, room); };
    if (metrics.horizontalAdvance(text) <= room)
        return text;
    const qsizetype middle = text.size() / 2;
    const qsizetype before = text.lastIndexOf(u' ', middle);
    const qsizetype after = text.indexOf(u' ', middle);
    if (before < 0 && after < 0)
        return cut(text);
    const qsizetype at = before < 0 || (after >= 0 && after - middle < middle - before) ? after : before;
    return cut(text.left(at)) + u'\n' + cut(text.mid(at + 1));
}

} // namespace

/// Fits texts into the room that the last layout gave them. What changes is laid out anew, once more.
void PlotWidget::layOut()
{
    const bool titles = layOutTitles();
    const bool legend = layOutLegend();
    const bool ticks = layOutLayerTicks();
    if (titles || legend || ticks)
        replot();
}

bool PlotWidget::layOutTitles()
{
    const QFontMetrics metrics(m_theme.font);
    bool changed = false;
    for (auto it = m_axisTitles.cbegin(); it != m_axisTitles.cend(); ++it) {
        const QRect rect = it.key()->axisRect()->rect();
        const int room = it.key()->orientation() == Qt::Horizontal ? rect.width() : rect.height();
        const QString title = fitted(it.value(), metrics, room);
        changed = changed || title != it.key()->label();
        it.key()->setLabel(title);
    }
    return changed;
}

/// Breaks the legend into several lines when the plot is narrow.
bool PlotWidget::layOutLegend()
{
    if (!m_legendRow || !m_plot->legend->visible())
        return false;
    QCPLegend *legend = m_plot->legend;
    int widest = 1;
    int items = 0;
    for (int i = 0; i < legend->itemCount(); ++i) {
        if (const QCPAbstractLegendItem *item
            = legend->item(i)) { // null for the free places of the last line
            widest = std::max(widest, item->minimumOuterSizeHint().width() + legend->columnSpacing());
            ++items;
        }
    }
    const int columns = std::clamp(m_plot->width() / widest, 1, std::max(1, items));
    if (columns == legend->wrap())
        return false;
    legend->setWrap(columns);
    legend->setFillOrder(QCPLayoutGrid::foColumnsFirst, true);
    return true;
}

/// Thins the names out until they fit: straight when all of them do, slanted otherwise.
bool PlotWidget::layOutLayerTicks()
{
    if (!m_layerAxis)
        return false;
    const QRect rect = m_layerAxis->axisRect()->rect();
    const QFontMetricsF metrics(m_theme.smallFont);
    LabelRoom room;
    double slant = 0;
    if (m_layerAxis->orientation() == Qt::Vertical) {
        room.labels = static_cast<int>(rect.height() / (metrics.height() * 1.15));
        room.width = std::min(kWidestLabel, m_plot->width() * 0.3);
    } else {
        const double shown = m_layerAxis->range().size();
        double widest = 0;
        if (shown * metrics.height() * 3 < rect.width())
            for (const QString &name : m_layerNames)
                widest = std::max(widest, metrics.horizontalAdvance(shortLayerName(name)));
        const bool straight = widest > 0 && (widest + metrics.height()) * shown < rect.width();
        slant = straight ? 0 : kSlant;
        room.slanted = !straight;
        room.labels = static_cast<int>(straight ? std::ceil(shown) : rect.width() / (metrics.height() * 1.5));
        room.width = straight ? widest : std::min(kWidestLabel, m_plot->height() * 0.3 * M_SQRT2);
        room.left = rect.left();
        room.length = rect.width();
    }
    const bool turned = m_layerAxis->tickLabelRotation() != slant;
    m_layerAxis->setTickLabelRotation(slant);
    return m_layerTicker->setRoom(room, m_theme.smallFont) || turned;
}

} // namespace qs
