// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/panel.h"

#include <QEvent>

namespace qs {

Panel::Panel(const QString &id, QWidget *parent)
    : QWidget(parent)
{
    setObjectName(id);
}

void Panel::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

} // namespace qs
