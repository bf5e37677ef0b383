// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/heatdelegate.h"

#include "widgets/controls/contrast.h"
#include "widgets/models/roles.h"

#include <QApplication>
#include <QPainter>

#include <cmath>

namespace qs {

HeatDelegate::HeatDelegate(QObject *parent)
    : QStyledItemDelegate(parent)
{ }

void HeatDelegate::setScale(const ColorScale &scale)
{
    m_scale = scale;
    emit sizeHintChanged({}); // makes the view repaint
}

void HeatDelegate::initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const QVariant value = index.data(SortRole);
    const QColor color = value.isValid() ? m_scale.color(value.toDouble()) : QColor();
    if (!color.isValid())
        return;
    option->backgroundBrush = color;
    // A selected row keeps the highlight, or one could not see what is selected.
    if (!(option->state & QStyle::State_Selected))
        option->palette.setColor(QPalette::Text, readableOn(color));
}

ProgressDelegate::ProgressDelegate(QObject *parent)
    : QStyledItemDelegate(parent)
{ }

void ProgressDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                             const QModelIndex &index) const
{
    const double fraction = index.data(ProgressRole).toDouble();
    if (fraction < 0) {
        QStyledItemDelegate::paint(painter, option, index);
        return;
    }
    QStyleOptionViewItem empty = option;
    initStyleOption(&empty, index);
    const QString text = empty.text;
    empty.text.clear();
    const QWidget *widget = option.widget;
    QStyle *style = widget ? widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &empty, painter, widget);

    QStyleOptionProgressBar bar;
    bar.rect = option.rect.adjusted(2, 2, -2, -2);
    bar.palette = option.palette;
    bar.state = option.state | QStyle::State_Horizontal;
    bar.minimum = 0;
    bar.maximum = 1000;
    bar.progress = static_cast<int>(std::lround(1000 * std::min(fraction, 1.0)));
    bar.text = text;
    bar.textVisible = true;
    bar.textAlignment = Qt::AlignCenter;
    style->drawControl(QStyle::CE_ProgressBar, &bar, painter, widget);
}

} // namespace qs
