// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/excludesection.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace qs {

namespace {
constexpr int kPauseMs = 250;
}

ExcludeSection::ExcludeSection(Workflow &workflow, QWidget *parent)
    : Section(parent)
    , m_workflow(workflow)
    , m_session(workflow.services().session)
    , m_patterns(new QPlainTextEdit)
    , m_matches(makeHint())
    , m_overrides(makeHint())
    , m_clearOverrides(new QPushButton)
{
    m_patterns->setObjectName(QStringLiteral("exclude"));
    m_patterns->setTabChangesFocus(true);
    m_patterns->setAcceptDrops(false); // a dropped file is for the window
    m_patterns->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_patterns->setFixedHeight(m_patterns->fontMetrics().lineSpacing() * 3 + 14);
    m_matches->setObjectName(QStringLiteral("excludeMatches"));
    content().addWidget(m_patterns);
    content().addWidget(m_matches);
    auto *row = new QHBoxLayout;
    row->addWidget(m_overrides, 1);
    row->addWidget(m_clearOverrides);
    content().addLayout(row);
    m_pause.setSingleShot(true);
    m_pause.setInterval(kPauseMs);
    connect(m_patterns, &QPlainTextEdit::textChanged, &m_pause, qOverload<>(&QTimer::start));
    connect(&m_pause, &QTimer::timeout, this, &ExcludeSection::apply);
    connect(m_clearOverrides, &QPushButton::clicked, this, [this] {
        Recipe recipe = m_session.recipe();
        recipe.overrides.clear();
        m_session.setRecipe(std::move(recipe));
    });
    connect(&m_session, &Session::recipeChanged, this, &ExcludeSection::refresh);
    connect(&workflow, &Workflow::excludeMatchesChanged, this, &ExcludeSection::showMatches);
    retranslate();
}

void ExcludeSection::retranslate()
{
    setTitle(tr("Keep in float"));
    m_patterns->setPlaceholderText(tr("Regular expressions on layer names, one a line"));
    m_patterns->setToolTip(tr("Layers whose name contains a match of one of these are not quantized."));
    m_clearOverrides->setText(tr("Clear"));
    m_clearOverrides->setToolTip(
        tr("Remove all clip limits, observers and float choices made for single tensors"));
    refresh();
    showMatches();
}

std::vector<std::string> ExcludeSection::patterns() const
{
    std::vector<std::string> lines;
    const QStringList texts = m_patterns->toPlainText().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    for (const QString &text : texts)
        if (!text.trimmed().isEmpty())
            lines.push_back(text.trimmed().toStdString());
    return lines;
}

void ExcludeSection::refresh()
{
    const Recipe &recipe = m_session.recipe();
    if (recipe.exclude != patterns()) {
        const QSignalBlocker blocker(m_patterns);
        QStringList lines;
        for (const std::string &pattern : recipe.exclude)
            lines << QString::fromStdString(pattern);
        m_patterns->setPlainText(lines.join(QLatin1Char('\n')));
    }
    m_overrides->setText(tr("%n tensor(s) set by hand", nullptr, static_cast<int>(recipe.overrides.size())));
    m_overrides->setVisible(!recipe.overrides.empty());
    m_clearOverrides->setVisible(!recipe.overrides.empty());
}

void ExcludeSection::apply()
{
    Recipe recipe = m_session.recipe();
    recipe.exclude = patterns();
    m_session.setRecipe(std::move(recipe));
}

void ExcludeSection::showMatches()
{
    const ExcludeMatches &matches = m_workflow.excludeMatches();
    if (!matches.invalidPattern.empty())
        m_matches->setText(
            tr("Not a regular expression: %1").arg(QString::fromStdString(matches.invalidPattern)));
    else
        m_matches->setText(tr("%n layer(s) matched", nullptr, static_cast<int>(matches.layers.size())));
    m_matches->setVisible(m_session.model() && !m_session.recipe().exclude.empty());
}

} // namespace qs
