// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/tensorcelldelegate.h"

#include "widgets/controls/contrast.h"
#include "widgets/models/roles.h"

#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace qs {
namespace {

constexpr int kGap = 1;
constexpr double kNeutral = 0.25; ///< of the border's colour in the ground of what has none

/// Places on the colour map: the widths in use are spread over it evenly.
constexpr std::array kStops {std::pair {2.0, 0.0},  std::pair {3.0, 0.15}, std::pair {4.0, 0.3},
                             std::pair {5.0, 0.45}, std::pair {6.0, 0.58}, std::pair {8.0, 0.71},
                             std::pair {16.0, 0.9}, std::pair {32.0, 1.0}};

} // namespace

QColor bitsColor(double bits)
{
    // Scales come on top of the width: 4.5 bits are those of a 4-bit type.
    const double width = bits < 10 ? std::floor(bits + 1e-6) : bits;
    for (std::size_t i = 1; i < kStops.size(); ++i) {
        const auto [low, from] = kStops[i - 1];
        const auto [high, to] = kStops[i];
        if (width <= high)
            return mapColor(ColorMap::Viridis,
                            from + (to - from) * std::clamp((width - low) / (high - low), 0.0, 1.0));
    }
    return mapColor(ColorMap::Viridis, 1);
}

QColor neutralCellColor(const QPalette &palette)
{
    return mixed(palette.color(QPalette::Base), palette.color(QPalette::Mid), kNeutral);
}

TensorCellDelegate::TensorCellDelegate(QObject *parent)
    : QStyledItemDelegate(parent)
{ }

void TensorCellDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                               const QModelIndex &index) const
{
    const QColor ground = option.palette.color(QPalette::Base);
    const bool isTensor = index.data(TensorNameRole).isValid();
    const bool isVector = index.data(VectorRole).toBool();
    const QVariant bits = index.data(BitsRole);
    const QVariant error = index.data(SortRole);
    QColor color = bits.isValid() ? bitsColor(bits.toDouble())
        : error.isValid()         ? m_scale.color(error.toDouble())
                                  : QColor();
    if (isVector || (isTensor && !color.isValid()))
        color = neutralCellColor(option.palette);
    const QRect cell = option.rect.adjusted(0, 0, -kGap, -kGap);
    painter->save();
    painter->fillRect(option.rect, ground);
    if (color.isValid()) {
        painter->fillRect(cell, color);
        painter->setPen(isVector ? option.palette.color(QPalette::PlaceholderText) : readableOn(color));
        const QRect room = cell.adjusted(2, 0, -2, 0);
        painter->drawText(
            room, Qt::AlignCenter,
            option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, room.width()));
    }
    // Two lines, so that one of them is seen on any colour.
    if (option.state & QStyle::State_Selected) {
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(option.palette.color(QPalette::Highlight), 2));
        painter->drawRect(cell.adjusted(1, 1, -1, -1));
        painter->setPen(QPen(option.palette.color(QPalette::HighlightedText), 1));
        painter->drawRect(cell.adjusted(2, 2, -3, -3));
    }
    if (option.state & QStyle::State_HasFocus) {
        painter->setPen(QPen(option.palette.color(QPalette::Text), 1, Qt::DotLine));
        painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
    }
    painter->restore();
}

} // namespace qs
