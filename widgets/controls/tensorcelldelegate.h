// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/colorscale.h"

#include <QStyledItemDelegate>

namespace qs {

/// The colour of a type of \a bits a weight: few are dark, many bright, a step for every usual width. Types
/// of the same width share one.
QColor bitsColor(double bits);

/// The colour of what has none of its own.
QColor neutralCellColor(const QPalette &palette);

/// Fills a cell with the colour of its bits a weight (BitsRole) or of its error (SortRole). Vectors, which
/// nobody quantizes, are grey; empty places stay empty.
class TensorCellDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit TensorCellDelegate(QObject *parent = nullptr);

    void setErrorScale(const ColorScale &scale) { m_scale = scale; }
    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;

private:
    ColorScale m_scale;
};

} // namespace qs
