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

bool LayerTicker::setRoom(int labels, int width, const QFont &font)
{
    labels = std::max(1, labels);
    if (labels == m_labels && width == m_width && font == m_font)
        return false;
    m_labels = labels;
    m_width = width;
    m_font = font;
    return true;
}

double LayerTicker::getTickStep(const QCPRange &range)
{
    // Round steps, so that labels stay put while one scrolls.
    const double needed = std::max(1.0, range.size() / m_labels);
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
    return i < 0 || i >= m_names.size()
        ? QString()
        : QFontMetricsF(m_font).elidedText(m_names[i], Qt::ElideMiddle, m_width);
}

} // namespace qs
