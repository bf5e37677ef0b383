// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/section.h"

#include <QEvent>
#include <QLabel>
#include <QVBoxLayout>

namespace qs {

Section::Section(QWidget *parent)
    : QWidget(parent)
    , m_title(new QLabel)
    , m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(4);
    QFont bold = font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_layout->addWidget(m_title);
}

void Section::setTitle(const QString &title)
{
    m_title->setText(title);
}

void Section::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

QLabel *makeHint()
{
    auto *hint = new QLabel;
    hint->setWordWrap(true);
    hint->setForegroundRole(QPalette::PlaceholderText);
    hint->setTextFormat(Qt::PlainText);
    return hint;
}

} // namespace qs
