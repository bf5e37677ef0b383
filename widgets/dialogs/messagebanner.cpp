// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/messagebanner.h"

#include "widgets/controls/contrast.h"
#include "widgets/controls/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace qs {

namespace {

constexpr int kSuccessMs = 10000;

// From the colour-blind-safe set of Okabe and Ito; the symbol says the same for who sees no colour.
QColor kindColor(MessageBanner::Kind kind)
{
    switch (kind) {
    case MessageBanner::Kind::Success:
        return {0, 158, 115};
    case MessageBanner::Kind::Warning:
        return {230, 159, 0};
    case MessageBanner::Kind::Error:
        return {213, 94, 0};
    }
    return {};
}

QString kindSymbol(MessageBanner::Kind kind)
{
    switch (kind) {
    case MessageBanner::Kind::Success:
        return QStringLiteral("✓");
    case MessageBanner::Kind::Warning:
        return QStringLiteral("!");
    case MessageBanner::Kind::Error:
        return QStringLiteral("✕");
    }
    return {};
}

}

MessageBanner::MessageBanner(QWidget *parent)
    : QFrame(parent)
    , m_symbol(new QLabel)
    , m_label(new QLabel)
    , m_action(new QToolButton)
    , m_close(new QToolButton)
{
    setObjectName(QStringLiteral("banner"));
    setAutoFillBackground(true);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(10, 4, 4, 4);
    QFont bold = font();
    bold.setBold(true);
    m_symbol->setFont(bold);
    m_label->setTextFormat(Qt::PlainText);
    m_label->setWordWrap(true);
    m_label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_close->setText(QStringLiteral("✕"));
    m_close->setAutoRaise(true);
    m_action->setAutoRaise(true);
    layout->addWidget(m_symbol);
    layout->addWidget(m_label, 1);
    layout->addWidget(m_action);
    layout->addWidget(m_close);
    connect(m_close, &QToolButton::clicked, this, &MessageBanner::dismiss);
    connect(m_action, &QToolButton::clicked, this, &MessageBanner::actionTriggered);
    m_hide.setSingleShot(true);
    m_hide.setInterval(kSuccessMs);
    connect(&m_hide, &QTimer::timeout, this, &MessageBanner::dismiss);
    retranslate();
    hide();
}

void MessageBanner::show(Kind kind, const QString &text)
{
    show(kind, text, {});
}

void MessageBanner::show(Kind kind, const QString &text, const QString &action)
{
    m_kind = kind;
    m_text = text;
    m_symbol->setText(kindSymbol(kind));
    m_label->setText(text);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    restyle();
    setVisible(true);
    if (kind == Kind::Success)
        m_hide.start();
    else
        m_hide.stop();
}

void MessageBanner::dismiss()
{
    m_hide.stop();
    m_text.clear();
    hide();
}

void MessageBanner::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    else if (event->type() == QEvent::PaletteChange && parentWidget())
        restyle();
    QFrame::changeEvent(event);
}

void MessageBanner::retranslate()
{
    m_close->setToolTip(tr("Close this message"));
    m_close->setAccessibleName(m_close->toolTip());
}

void MessageBanner::restyle()
{
    const QPalette outer = parentWidget() ? parentWidget()->palette() : palette();
    const QColor ground = mixed(outer.color(QPalette::Window), kindColor(m_kind), 0.22);
    QPalette own = outer;
    own.setColor(QPalette::Window, ground);
    own.setColor(QPalette::Button, ground);
    if (own != palette())
        setPalette(own);
}

} // namespace qs
