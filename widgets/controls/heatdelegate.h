// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/colorscale.h"

#include <QStyledItemDelegate>

namespace qs {

/// Colours the ground of a cell by its number (SortRole) and picks black or white text, whichever reads
/// better. Cells without a number look like any other.
class HeatDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit HeatDelegate(QObject *parent = nullptr);

    void setScale(const ColorScale &scale);
    const ColorScale &scale() const { return m_scale; }

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override;

private:
    ColorScale m_scale;
};

/// Draws Role::ProgressRole as a bar; an unknown progress is a text only.
class ProgressDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit ProgressDelegate(QObject *parent = nullptr);

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
};

} // namespace qs
