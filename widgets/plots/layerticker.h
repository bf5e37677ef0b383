// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

#include <QFontMetricsF>
#include <QStringList>

namespace qs {

/// "/layer2/layer2.0/conv1/Conv" → "layer2.0/conv1/Conv": exporters repeat the path of parents, which says
/// nothing.
QString shortLayerName(const QString &name);

/// Names at whole positions 0, 1, 2…: as many as fit side by side, elided in the middle.
class LayerTicker : public QCPAxisTicker
{
public:
    void setNames(const QStringList &names);
    /// Room for \a labels labels of \a width pixels each; returns whether that changed anything.
    bool setRoom(int labels, int width, const QFont &font);

protected:
    double getTickStep(const QCPRange &range) override;
    int getSubTickCount(double tickStep) override;
    QVector<double> createTickVector(double tickStep, const QCPRange &range) override;
    QString getTickLabel(double tick, const QLocale &locale, QChar formatChar, int precision) override;

private:
    QStringList m_names;
    int m_labels = 10;
    int m_width = 120;
    QFont m_font;
};

} // namespace qs
