// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/advicesection.h"

#include "core/strategies/strategy.h"
#include "core/targets/target.h"
#include "widgets/models/errortext.h"

namespace qs {

AdviceSection::AdviceSection(const Services &services, QWidget *parent)
    : AdviceView(WishForm::Subject::Network, parent)
    , m_services(services)
{
    connect(this, &AdviceView::used, this, &AdviceSection::use);
    connect(this, &AdviceView::wishChanged, this, &AdviceSection::refresh);
    connect(&services.session, &Session::modelChanged, this, &AdviceSection::refresh);
    connect(&services.session, &Session::recipeChanged, this, &AdviceSection::refresh);
    retranslate();
}

void AdviceSection::retranslate()
{
    AdviceView::retranslate();
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
    Wish wished = wish();
    wished.hasCalibration = !recipe.calibration.path.empty();
    m_advice = advise(model->facts, *target, wished, m_services.targets);
    const StrategyDescriptor *strategy = m_services.strategies.find(m_advice.strategy);
    QString title = strategy ? translateCore("Strategy", strategy->title) : QString();
    if (const Target *other = m_services.targets.find(m_advice.target); strategy && other && other != target)
        title += QStringLiteral(", ") + translateCore("Target", other->title);
    showAdvice(m_advice, title, isFollowed());
}

bool AdviceSection::isFollowed() const
{
    const Recipe &recipe = m_services.session.recipe();
    return recipe.strategy == m_advice.strategy && recipe.target == m_advice.target
        && follows(recipe.parameters, m_advice);
}

void AdviceSection::use()
{
    Recipe recipe = m_services.session.recipe();
    if (recipe.strategy != m_advice.strategy)
        recipe.parameters = nlohmann::json::object();
    recipe.strategy = m_advice.strategy;
    recipe.target = m_advice.target;
    for (const auto &[key, value] : m_advice.parameters.items())
        recipe.parameters[key] = value;
    m_services.session.setRecipe(std::move(recipe));
}

} // namespace qs
