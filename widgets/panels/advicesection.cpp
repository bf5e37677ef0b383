// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/advicesection.h"

#include "core/strategies/strategy.h"
#include "core/targets/target.h"
#include "widgets/models/errortext.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace qs {

AdviceSection::AdviceSection(const Services &services, QWidget *parent)
    : Section(parent)
    , m_services(services)
    , m_what(new QLabel)
    , m_unfold(new QToolButton)
    , m_why(makeHint())
    , m_use(new QPushButton)
{
    m_what->setObjectName(QStringLiteral("advice"));
    m_what->setWordWrap(true);
    m_what->setTextFormat(Qt::PlainText);
    m_why->setObjectName(QStringLiteral("adviceReasons"));
    m_use->setObjectName(QStringLiteral("useAdvice"));
    auto *row = new QHBoxLayout;
    row->addWidget(m_what, 1);
    row->addWidget(m_unfold, 0, Qt::AlignTop);
    row->addWidget(m_use, 0, Qt::AlignTop);
    content().addLayout(row);
    content().addWidget(m_why);
    m_unfold->setObjectName(QStringLiteral("adviceWhy"));
    m_unfold->setAutoRaise(true);
    m_unfold->setCheckable(true);
    m_unfold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    connect(m_unfold, &QToolButton::toggled, this, &AdviceSection::unfold);
    unfold(false);
    connect(m_use, &QPushButton::clicked, this, &AdviceSection::use);
    connect(&services.session, &Session::modelChanged, this, &AdviceSection::refresh);
    connect(&services.session, &Session::recipeChanged, this, &AdviceSection::refresh);
    retranslate();
}

void AdviceSection::retranslate()
{
    setTitle(tr("Advice"));
    m_use->setText(tr("Use"));
    m_unfold->setText(tr("Why"));
    m_unfold->setToolTip(tr("Show the reasons"));
    m_use->setToolTip(tr("Set strategy and settings as advised"));
    refresh();
}

void AdviceSection::refresh()
{
    const OpenedModelPtr &model = m_services.session.model();
    const Recipe &recipe = m_services.session.recipe();
    const Target *target = m_services.targets.find(recipe.target);
    setVisible(model && target);
    if (!model || !target)
        return;
    m_advice = advise(model->facts, *target,
                      {.hasCalibration = !recipe.calibration.path.empty(), .hasLabels = true});
    const StrategyDescriptor *strategy = m_services.strategies.find(m_advice.strategy);
    QStringList settings;
    for (const auto &[key, value] : m_advice.parameters.items())
        settings += QStringLiteral("%1 = %2").arg(
            QString::fromStdString(key),
            QString::fromStdString(value.is_string() ? value.get<std::string>() : value.dump()));
    QString what = strategy ? translateCore("Strategy", strategy->title) : tr("Nothing to quantize");
    if (!settings.isEmpty())
        what += QStringLiteral(", ") + settings.join(QStringLiteral(", "));
    m_what->setText(what);
    QStringList lines;
    for (const Text &reason : m_advice.reasons)
        lines += QStringLiteral("• ") + translated(reason);
    for (const Text &next : m_advice.ifNotEnough)
        lines += QStringLiteral("→ ") + tr("If that is not enough: %1").arg(translated(next));
    m_why->setText(lines.join(QLatin1Char('\n')));
    m_use->setVisible(strategy);
    m_use->setEnabled(!isFollowed());
    if (!isFollowed())
        m_unfold->setChecked(true);
}

void AdviceSection::unfold(bool open)
{
    m_unfold->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
    m_why->setVisible(open);
}

bool AdviceSection::isFollowed() const
{
    const Recipe &recipe = m_services.session.recipe();
    if (recipe.strategy != m_advice.strategy)
        return false;
    const auto &items = m_advice.parameters.items();
    return std::all_of(items.begin(), items.end(), [&](const auto &item) {
        return recipe.parameters.is_object() && recipe.parameters.contains(item.key())
            && recipe.parameters[item.key()] == item.value();
    });
}

void AdviceSection::use()
{
    Recipe recipe = m_services.session.recipe();
    if (recipe.strategy != m_advice.strategy)
        recipe.parameters = nlohmann::json::object();
    recipe.strategy = m_advice.strategy;
    for (const auto &[key, value] : m_advice.parameters.items())
        recipe.parameters[key] = value;
    m_services.session.setRecipe(std::move(recipe));
}

} // namespace qs
