// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

namespace qs {

/// A colour map that shows the worst of the cells that fall onto one pixel, so that a bad cell never
/// disappears when there are more cells than pixels. Cells lie at whole coordinates; the value axis is
/// reversed.
class WorstColorMap : public QCPColorMap
{
    Q_OBJECT
public:
    WorstColorMap(QCPAxis *keyAxis, QCPAxis *valueAxis);

    /// Which end is the bad one; low by default.
    void setHighIsWorse(bool on) { m_highIsWorse = on; }

protected:
    void draw(QCPPainter *painter) override;

private:
    struct Span
    {
        int first = 0;
        int count = 0;
    };
    static Span visible(const QCPRange &range, int cells);
    QImage pooled(Span columns, Span rows, QSize size) const;

    bool m_highIsWorse = false;
};

} // namespace qs
