// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/searchline.h"

#include <QEvent>
#include <QKeyEvent>

namespace qs {

SearchLine::SearchLine(QWidget *parent)
    : QLineEdit(parent)
{
    setClearButtonEnabled(true);
    setAcceptDrops(false); // a dropped file is for the window
    m_pause.setSingleShot(true);
    m_pause.setInterval(120);
    connect(&m_pause, &QTimer::timeout, this, &SearchLine::tell);
    connect(this, &QLineEdit::textChanged, this, [this] { m_pause.start(); });
    connect(this, &QLineEdit::returnPressed, this, &SearchLine::tell);
    retranslate();
}

void SearchLine::tell()
{
    m_pause.stop();
    if (text() == m_told)
        return;
    m_told = text();
    emit searchChanged(m_told);
}

void SearchLine::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && !text().isEmpty()) {
        clear();
        tell();
        return;
    }
    QLineEdit::keyPressEvent(event);
}

void SearchLine::retranslate()
{
    setAccessibleName(tr("Search")); // the placeholder is the owner's: it says what is searched
}

void SearchLine::changeEvent(QEvent *event)
{
    QLineEdit::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        retranslate();
}

} // namespace qs
