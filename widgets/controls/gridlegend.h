// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/colorscale.h"

#include <QWidget>

#include <vector>

namespace qs {

/// What the colours of a grid mean: a patch with a name for each, or a strip from one figure to another.
/// Breaks into lines where it is narrow.
class GridLegend : public QWidget
{
    Q_OBJECT
public:
    struct Patch
    {
        QColor color;
        QString text;
    };

    explicit GridLegend(QWidget *parent = nullptr);

    void setPatches(std::vector<Patch> patches);
    void setStrip(const ColorScale &scale, const QString &low, const QString &high);
    const std::vector<Patch> &patches() const { return m_patches; }
    QStringList texts() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    int patchWidth(const Patch &patch) const;
    int lineHeight() const;
    void contentChanged();
    /// Where the patches stand in \a width.
    std::vector<QRect> places(int width) const;

    std::vector<Patch> m_patches;
    ColorScale m_scale;
    QString m_low;
    QString m_high;
};

} // namespace qs
