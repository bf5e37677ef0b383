// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/workflow.h"
#include "widgets/panels/panel.h"

class QLabel;
class QPushButton;

namespace qs {

class DialogService;

/// Everything a run needs, from top to bottom, and the button that starts it.
class SetupPanel : public Panel
{
    Q_OBJECT
public:
    SetupPanel(Workflow &workflow, DialogService &dialogs, QWidget *parent = nullptr);

    QString title() const override { return tr("Setup"); }
    QSize sizeHint() const override { return {330, 700}; }

protected:
    void retranslate() override;

private:
    void refreshRun();

    Workflow &m_workflow;
    QPushButton *m_run;
    QLabel *m_obstacle;
};

/// Why a run cannot start now, for a hint or a tooltip; empty when it can.
QString obstacleText(Workflow::Obstacle obstacle);

} // namespace qs
