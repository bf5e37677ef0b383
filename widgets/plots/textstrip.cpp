// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/textstrip.h"

namespace qs {

TextStrip::TextStrip(QCustomPlot *plot)
    : QCPLayoutElement(plot)
{
    setLayer(QStringLiteral("main"));
    setMargins(QMargins(8, 2, 8, 2));
}

QSize TextStrip::minimumOuterSizeHint() const
{
    const int height = QFontMetrics(m_font).height() + margins().top() + margins().bottom();
    return {0, m_text.isEmpty() ? 0 : height};
}

QSize TextStrip::maximumOuterSizeHint() const
{
    return {QWIDGETSIZE_MAX, minimumOuterSizeHint().height()};
}

void TextStrip::draw(QCPPainter *painter)
{
    painter->setFont(m_font);
    painter->setPen(QPen(m_color));
    painter->drawText(mRect, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                      QFontMetrics(m_font).elidedText(m_text, m_elide, mRect.width()));
}

} // namespace qs
