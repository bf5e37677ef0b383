// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/formpage.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QEvent>
#include <QScrollBar>

#include <algorithm>

namespace qs {
namespace {

constexpr int kLeastWidth = 260;

bool takesWheel(const QWidget *widget)
{
    return qobject_cast<const QComboBox *>(widget) || qobject_cast<const QAbstractSpinBox *>(widget);
}

/// The wheel gives it no focus.
void calm(QWidget *field)
{
    if (takesWheel(field))
        field->setFocusPolicy(Qt::StrongFocus);
}

} // namespace

FormPage::FormPage(QWidget *inside, QWidget *parent)
    : QScrollArea(parent)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setWidget(inside);
    const QList<QWidget *> fields = inside->findChildren<QWidget *>();
    std::for_each(fields.begin(), fields.end(), calm);
    // Of the whole application: more fields come, at every depth.
    qApp->installEventFilter(this);
}

QSize FormPage::minimumSizeHint() const
{
    const int wanted = widget()->minimumSizeHint().width() + verticalScrollBar()->sizeHint().width();
    return {std::max(kLeastWidth, wanted), QScrollArea::minimumSizeHint().height()};
}

bool FormPage::eventFilter(QObject *watched, QEvent *event)
{
    const auto type = event->type();
    if (type == QEvent::LayoutRequest && watched == widget())
        updateGeometry(); // fields came or went
    auto *field
        = type == QEvent::Wheel || type == QEvent::Polish ? qobject_cast<QWidget *>(watched) : nullptr;
    if (!field || !takesWheel(field) || !isAncestorOf(field))
        return QScrollArea::eventFilter(watched, event);
    if (type == QEvent::Polish) {
        calm(field);
    } else if (!field->hasFocus()) {
        event->ignore();
        return true;
    }
    return QScrollArea::eventFilter(watched, event);
}

} // namespace qs
