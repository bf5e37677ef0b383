// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/layerticker.h"

#include <cmath>

namespace qs {

QString shortLayerName(const QString &name)
{
    const QStringList parts = name.split(u'/', Qt::SkipEmptyParts);
    QStringList kept;
    for (qsizetype i = 0; i < parts.size(); ++i)
        if (i + 1 == parts.size() || !parts[i + 1].startsWith(parts[i] + u'.'))
            kept << parts[i];
    return kept.join(u'/');
}

void LayerTicker::setNames(const QStringList &names)
{
    m_names.clear();
    m_names.reserve(names.size());
    for (const QString &name : names)
        m_names << shortLayerName(name);
}

bool LayerTicker::setRoom(const LabelRoom &room, const QFont &font)
{
    if (room == m_room && font == m_font)
        return false;
    m_room = room;
    m_room.labels = std::max(1, room.labels);
    m_font = font;
    return true;
}

void LayerTicker::generate(const QCPRange &range, const QLocale &locale, QChar formatChar, int precision,
                           QVector<double> &ticks, QVector<double> *subTicks, QVector<QString> *tickLabels)
{
    m_shown = range;
    QCPAxisTicker::generate(range, locale, formatChar, precision, ticks, subTicks, tickLabels);
}

double LayerTicker::getTickStep(const QCPRange &range)
{
    // Round steps, so that labels stay put while one scrolls.
    const double needed = std::max(1.0, range.size() / m_room.labels);
    const double magnitude = std::pow(10, std::floor(std::log10(needed)));
    for (const double factor : {1.0, 2.0, 5.0, 10.0})
        if (factor * magnitude >= needed)
            return factor * magnitude;
    return 10 * magnitude;
}

int LayerTicker::getSubTickCount(double)
{
    return 0;
}

QVector<double> LayerTicker::createTickVector(double tickStep, const QCPRange &range)
{
    QVector<double> ticks;
    const double last = std::min(std::floor(range.upper), static_cast<double>(m_names.size() - 1));
    for (double tick = std::max(0.0, std::ceil(range.lower / tickStep) * tickStep); tick <= last;
         tick += tickStep)
        ticks << tick;
    return ticks;
}

QString LayerTicker::getTickLabel(double tick, const QLocale &, QChar, int)
{
    const auto i = static_cast<qsizetype>(std::lround(tick));
    if (i < 0 || i >= m_names.size())
        return {};
    const QFontMetricsF metrics(m_font);
    double width = m_room.width;
    if (m_room.slanted) {
        const double fromEdge = m_room.left + (tick - m_shown.lower) / m_shown.size() * m_room.length;
        width = std::min(width, fromEdge * M_SQRT2 - metrics.height());
    }
    return metrics.elidedText(m_names[i], Qt::ElideMiddle, width);
}

} // namespace qs
