// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/section.h"

class QPushButton;

namespace qs {

class DialogService;

/// Which model is open, in three lines.
class ModelSection : public Section
{
    Q_OBJECT
public:
    ModelSection(Workflow &workflow, DialogService &dialogs, QWidget *parent = nullptr);

protected:
    void retranslate() override;

private:
    void chooseModel();
    void refresh();

    Workflow &m_workflow;
    DialogService &m_dialogs;
    QLabel *m_name;
    QLabel *m_facts;
    QLabel *m_inputs;
    QPushButton *m_open;
};

/// File dialog filters, in the present language.
QStringList modelFilters();
QStringList projectFilters();

} // namespace qs
