// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/recipesection.h"

#include "core/targets/target.h"
#include "widgets/controls/parameterform.h"
#include "widgets/models/errortext.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace qs {

namespace {

QComboBox *makeCombo(const QString &name)
{
    auto *combo = new QComboBox;
    combo->setObjectName(name);
    combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    combo->setMinimumContentsLength(12);
    return combo;
}

template <typename Items> void fillCombo(QComboBox &combo, const Items &items, const char *context)
{
    const QSignalBlocker blocker(combo);
    const QVariant current = combo.currentData();
    combo.clear();
    for (const auto &item : items) {
        combo.addItem(translateCore(context, item.title), QString::fromStdString(item.id));
        combo.setItemData(combo.count() - 1, translateCore(context, item.help), Qt::ToolTipRole);
    }
    combo.setCurrentIndex(combo.findData(current));
}

}

RecipeSection::RecipeSection(const Services &services, QWidget *parent)
    : Section(parent)
    , m_services(services)
    , m_strategyLabel(new QLabel)
    , m_strategy(makeCombo(QStringLiteral("strategy")))
    , m_targetLabel(new QLabel)
    , m_target(makeCombo(QStringLiteral("target")))
    , m_targetHelp(makeHint())
    , m_form(new ParameterForm)
{
    auto *grid = new QFormLayout;
    grid->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    grid->addRow(m_strategyLabel, m_strategy);
    grid->addRow(m_targetLabel, m_target);
    m_strategyLabel->setBuddy(m_strategy);
    m_targetLabel->setBuddy(m_target);
    content().addLayout(grid);
    content().addWidget(m_targetHelp);
    content().addWidget(m_form);
    m_form->setObjectName(QStringLiteral("parameters"));
    m_form->setChoiceText([&services](const std::string &key, const std::string &choice) {
        const ObserverDescriptor *observer = key == "observer" ? services.observers.find(choice) : nullptr;
        return observer ? translateCore("Observer", observer->title) : QString();
    });
    connect(m_strategy, &QComboBox::activated, this, &RecipeSection::strategyChosen);
    connect(m_target, &QComboBox::activated, this, &RecipeSection::targetChosen);
    connect(m_form, &ParameterForm::changed, this, &RecipeSection::parametersChanged);
    connect(&services.session, &Session::recipeChanged, this, &RecipeSection::refresh);
    retranslate();
}

void RecipeSection::retranslate()
{
    setTitle(tr("Quantization"));
    m_strategyLabel->setText(tr("&Strategy"));
    m_targetLabel->setText(tr("&Target"));
    fillCombo(*m_strategy, m_services.strategies.all(), "Strategy");
    fillCombo(*m_target, m_services.targets.all(), "Target");
    refresh();
}

void RecipeSection::refresh()
{
    const Recipe &recipe = m_services.session.recipe();
    m_strategy->setCurrentIndex(m_strategy->findData(QString::fromStdString(recipe.strategy)));
    m_target->setCurrentIndex(m_target->findData(QString::fromStdString(recipe.target)));
    m_strategy->setToolTip(m_strategy->currentData(Qt::ToolTipRole).toString());
    m_targetHelp->setText(m_target->currentData(Qt::ToolTipRole).toString());
    m_targetHelp->setVisible(!m_targetHelp->text().isEmpty());
    const StrategyDescriptor *strategy = m_services.strategies.find(recipe.strategy);
    if (!strategy) {
        m_form->setParameters(ParamSet());
        return;
    }
    ParamSet parameters(strategy->params);
    if (recipe.parameters.is_object())
        if (auto set = ParamSet::fromJson(strategy->params, recipe.parameters); set.ok())
            parameters = std::move(set).value();
    if (parameters != m_form->parameters())
        m_form->setParameters(parameters);
}

void RecipeSection::strategyChosen(int row)
{
    Recipe recipe = m_services.session.recipe();
    const std::string id = m_strategy->itemData(row).toString().toStdString();
    if (id == recipe.strategy)
        return;
    recipe.strategy = id;
    recipe.parameters = nlohmann::json::object(); // another strategy's mean nothing to this one
    m_services.session.setRecipe(std::move(recipe));
}

void RecipeSection::targetChosen(int row)
{
    Recipe recipe = m_services.session.recipe();
    recipe.target = m_target->itemData(row).toString().toStdString();
    m_services.session.setRecipe(std::move(recipe));
}

void RecipeSection::parametersChanged()
{
    Recipe recipe = m_services.session.recipe();
    recipe.parameters = m_form->parameters().toJson();
    m_services.session.setRecipe(std::move(recipe));
}

} // namespace qs
