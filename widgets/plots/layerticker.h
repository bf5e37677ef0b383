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

/// How much room there is for names.
struct LabelRoom
{
    int labels = 10; ///< side by side
    double width = 120; ///< pixels a label
    bool slanted = false; ///< they end at their tick and reach to the left of it, at 45 degrees
    double left = 0; ///< pixels from the left end of the axis to the edge of the plot
    double length = 1; ///< pixels of the axis

    bool operator==(const LabelRoom &) const = default;
};

/// Names at whole positions 0, 1, 2…: as many as fit side by side, elided in the middle.
class LayerTicker : public QCPAxisTicker
{
public:
    void setNames(const QStringList &names);
    /// Returns whether that changed anything.
    bool setRoom(const LabelRoom &room, const QFont &font);

    void generate(const QCPRange &range, const QLocale &locale, QChar formatChar, int precision,
                  QVector<double> &ticks, QVector<double> *subTicks, QVector<QString> *tickLabels) override;

protected:
    double getTickStep(const QCPRange &range) override;
    int getSubTickCount(double tickStep) override;
    QVector<double> createTickVector(double tickStep, const QCPRange &range) override;
    QString getTickLabel(double tick, const QLocale &locale, QChar formatChar, int precision) override;

private:
    QStringList m_names;
    LabelRoom m_room;
    QCPRange m_shown;
    QFont m_font;
};

} // namespace qs
