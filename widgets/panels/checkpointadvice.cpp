// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/checkpointadvice.h"

#include "core/llm/checkpointadvice.h"
#include "widgets/models/errortext.h"

namespace qs {

CheckpointAdvice::CheckpointAdvice(const CheckpointServices &services, QWidget *parent)
    : AdviceView(WishForm::Subject::LanguageModel, parent)
    , m_services(services)
{
    connect(this, &AdviceView::used, this, &CheckpointAdvice::use);
    connect(this, &AdviceView::wishChanged, this, &CheckpointAdvice::refresh);
    connect(&services.session, &CheckpointSession::checkpointChanged, this, &CheckpointAdvice::refresh);
    connect(&services.session, &CheckpointSession::recipeChanged, this, &CheckpointAdvice::refresh);
    retranslate();
}

void CheckpointAdvice::retranslate()
{
    AdviceView::retranslate();
    refresh();
}

void CheckpointAdvice::refresh()
{
    const OpenedCheckpointPtr &model = m_services.session.checkpoint();
    setVisible(model != nullptr);
    if (!model)
        return;
    const CheckpointRecipe &recipe = m_services.session.recipe();
    m_advice = adviseCheckpoint(model->view, model->ggufHeader.get(), wish());
    const LlmStrategyDescriptor *strategy = m_services.strategies.find(m_advice.strategy);
    showAdvice(m_advice, strategy ? translateCore("Strategy", strategy->title) : QString(),
               recipe.strategy == m_advice.strategy && follows(recipe.parameters, m_advice));
}

void CheckpointAdvice::use()
{
    CheckpointRecipe recipe = m_services.session.recipe();
    if (recipe.strategy != m_advice.strategy) {
        recipe.parameters = nlohmann::json::object(); // another strategy's mean nothing to this one
        recipe.output.clear();
    }
    recipe.strategy = m_advice.strategy;
    for (const auto &[key, value] : m_advice.parameters.items())
        recipe.parameters[key] = value;
    m_services.session.setRecipe(std::move(recipe));
}

} // namespace qs
