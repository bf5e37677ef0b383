// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

namespace qs {

/// One line of text in a plot's layout, elided when there is not enough room (QCPTextElement would widen the
/// plot).
class TextStrip : public QCPLayoutElement
{
    Q_OBJECT
public:
    explicit TextStrip(QCustomPlot *plot);

    void setText(const QString &text) { m_text = text; }
    const QString &text() const { return m_text; }
    void setFont(const QFont &font) { m_font = font; }
    void setColor(const QColor &color) { m_color = color; }
    void setElideMode(Qt::TextElideMode mode) { m_elide = mode; }

    QSize minimumOuterSizeHint() const override;
    QSize maximumOuterSizeHint() const override;

protected:
    void applyDefaultAntialiasingHint(QCPPainter *) const override { }
    void draw(QCPPainter *painter) override;

private:
    QString m_text;
    QFont m_font;
    QColor m_color;
    Qt::TextElideMode m_elide = Qt::ElideMiddle;
};

} // namespace qs
