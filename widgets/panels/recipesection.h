// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/section.h"

class QComboBox;

namespace qs {

class ParameterForm;

/// How to quantize: strategy, target and the strategy's own parameters.
class RecipeSection : public Section
{
    Q_OBJECT
public:
    explicit RecipeSection(const Services &services, QWidget *parent = nullptr);

protected:
    void retranslate() override;

private:
    void fill();
    void refresh();
    void strategyChosen(int row);
    void targetChosen(int row);
    void parametersChanged();

    Services m_services;
    QLabel *m_strategyLabel;
    QComboBox *m_strategy;
    QLabel *m_targetLabel;
    QComboBox *m_target;
    QLabel *m_targetHelp;
    ParameterForm *m_form;
};

} // namespace qs
