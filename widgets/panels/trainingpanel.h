// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/panel.h"

class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace qs {

class SimulationModel;
class TrainingPlot;

/// How a training goes: curves of loss and accuracy, ranges as they are learned, and how close the exported
/// integers are to what was simulated. Shows the run in progress, else the current run.
class TrainingPanel : public Panel
{
    Q_OBJECT
public:
    explicit TrainingPanel(Workflow &workflow, QWidget *parent = nullptr);

    QString title() const override { return tr("Training"); }
    TrainingPlot &plot() const { return *m_plot; }
    QTableView &table() const { return *m_table; }

protected:
    void retranslate() override;

private:
    void refresh();
    void refreshButtons();
    void showSummary();
    void setView(int view);
    QString summary() const;
    QString liveText(const TrainingHistory &history) const;
    QString resultText(const TrainingHistory &history) const;

    Workflow &m_workflow;
    TrainingHistoryPtr m_history; ///< what is shown
    QComboBox *m_view;
    QLabel *m_summary;
    QPushButton *m_pause;
    QPushButton *m_finish;
    QStackedWidget *m_stack;
    TrainingPlot *m_plot;
    SimulationModel *m_model;
    QTableView *m_table;
};

} // namespace qs
