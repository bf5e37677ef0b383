// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/panel.h"

class QComboBox;
class QMenu;
class QTableView;
class QTabWidget;

namespace qs {

class ChangedSamplesModel;
class DialogService;
class ParetoPlot;
class RunModel;

/// The runs side by side: what each costs, what it is worth, and which samples it decides differently.
class ComparePanel : public Panel
{
    Q_OBJECT
public:
    ComparePanel(Workflow &workflow, DialogService &dialogs, QWidget *parent = nullptr);

    QString title() const override { return tr("Compare"); }
    QTableView &table() const { return *m_table; }
    void fillMenu(QMenu &menu);

protected:
    void retranslate() override;

private:
    QWidget *makeParetoPage();
    void refreshRuns();
    void showCurrent();
    void refreshSamples();
    void rename();

    Workflow &m_workflow;
    Session &m_session;
    DialogService &m_dialogs;
    RunModel *m_runs;
    QTableView *m_table;
    QTabWidget *m_tabs;
    QComboBox *m_cost;
    QComboBox *m_quality;
    ParetoPlot *m_pareto;
    ChangedSamplesModel *m_samples;
    QTableView *m_sampleTable;
    bool m_selecting = false;
};

} // namespace qs
