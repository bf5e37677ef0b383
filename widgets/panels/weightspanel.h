// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointworkflow.h"
#include "widgets/panels/panel.h"

class QLabel;
class QPushButton;
class QStackedLayout;

namespace qs {

class CheckpointRuns;
class DialogService;
class TensorGridView;

/// Language models: how to quantize one, its tensors, and what became of it. Says what it is for while none
/// is open.
class WeightsPanel : public Panel
{
    Q_OBJECT
public:
    WeightsPanel(CheckpointWorkflow &workflow, DialogService &dialogs, QWidget *parent = nullptr);

    QString title() const override { return tr("Weights"); }
    TensorGridView &grid() { return *m_grid; }
    CheckpointRuns &runs() { return *m_runs; }

signals:
    void openRequested();

protected:
    void retranslate() override;

private:
    QWidget *makeEmptyPage();
    QWidget *makePage(DialogService &dialogs);
    void refresh();

    CheckpointWorkflow &m_workflow;
    QStackedLayout *m_pages;
    QLabel *m_purpose;
    QPushButton *m_open;
    QLabel *m_name;
    QLabel *m_summary;
    QLabel *m_obstacle;
    TensorGridView *m_grid;
    CheckpointRuns *m_runs;
};

} // namespace qs
