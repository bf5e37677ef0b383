// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/adviceview.h"

#include "widgets/models/errortext.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace qs {
namespace {

/// Opens and closes \a part, which is closed at first.
QToolButton *makeFold(const char *name, QWidget *part)
{
    auto *button = new QToolButton;
    button->setObjectName(QLatin1String(name));
    button->setAutoRaise(true);
    button->setCheckable(true);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    const auto unfold = [button, part](bool open) {
        button->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
        part->setVisible(open);
    };
    QObject::connect(button, &QToolButton::toggled, part, unfold);
    unfold(false);
    return button;
}

QString settingsText(const nlohmann::json &parameters)
{
    QStringList settings;
    for (const auto &[key, value] : parameters.items())
        settings += QStringLiteral("%1 = %2").arg(
            QString::fromStdString(key),
            QString::fromStdString(value.is_string() ? value.get<std::string>() : value.dump()));
    return settings.join(QStringLiteral(", "));
}

} // namespace

AdviceView::AdviceView(WishForm::Subject subject, QWidget *parent)
    : Section(parent)
    , m_what(new QLabel)
    , m_use(new QPushButton)
    , m_why(makeHint())
    , m_wishes(new WishForm(subject))
{
    m_unfold = makeFold("adviceWhy", m_why);
    m_ask = makeFold("adviceWishes", m_wishes);
    m_what->setObjectName(QStringLiteral("advice"));
    m_what->setWordWrap(true);
    m_what->setTextFormat(Qt::PlainText);
    m_why->setObjectName(QStringLiteral("adviceReasons"));
    m_use->setObjectName(QStringLiteral("useAdvice"));
    m_use->setAutoDefault(false);
    auto *row = new QHBoxLayout;
    row->addWidget(m_what, 1);
    row->addWidget(m_use, 0, Qt::AlignTop);
    auto *folds = new QHBoxLayout;
    folds->addWidget(m_ask);
    folds->addWidget(m_unfold);
    folds->addStretch(1);
    content().addLayout(row);
    content().addLayout(folds);
    content().addWidget(m_wishes);
    content().addWidget(m_why);
    connect(m_use, &QPushButton::clicked, this, &AdviceView::used);
    connect(m_wishes, &WishForm::changed, this, &AdviceView::wishChanged);
}

void AdviceView::retranslate()
{
    setTitle(tr("Advice"));
    m_use->setText(tr("Use"));
    m_use->setToolTip(tr("Set strategy and settings as advised"));
    m_unfold->setText(tr("Why"));
    m_unfold->setToolTip(tr("Show the reasons"));
    m_ask->setText(tr("Wishes"));
    m_ask->setToolTip(tr("Say what you have and want, on which the advice depends"));
}

void AdviceView::showAdvice(const Advice &advice, const QString &strategy, bool isFollowed)
{
    QString what = !strategy.isEmpty() ? strategy
        : advice.isReadyMade           ? tr("Open a ready-made quantized model")
                                       : tr("Nothing to quantize");
    if (!advice.parameters.empty())
        what += QStringLiteral(", ") + settingsText(advice.parameters);
    m_what->setText(what);
    QStringList lines;
    for (const Text &reason : advice.reasons)
        lines += QStringLiteral("• ") + translated(reason);
    for (const Text &next : advice.ifNotEnough)
        lines += QStringLiteral("→ ") + tr("If that is not enough: %1").arg(translated(next));
    m_why->setText(lines.join(QLatin1Char('\n')));
    m_use->setVisible(!strategy.isEmpty());
    m_use->setEnabled(!isFollowed);
    if (!isFollowed)
        m_unfold->setChecked(true);
}

bool follows(const nlohmann::json &parameters, const Advice &advice)
{
    const auto &items = advice.parameters.items();
    return std::all_of(items.begin(), items.end(), [&](const auto &item) {
        return parameters.is_object() && parameters.contains(item.key())
            && parameters[item.key()] == item.value();
    });
}

} // namespace qs
