// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointworkflow.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace qs {

class FileField;
class ParameterForm;

/// How the language model is to be quantized and measured, from top to bottom, and the button that starts it.
class CheckpointSetup : public QWidget
{
    Q_OBJECT
public:
    explicit CheckpointSetup(CheckpointWorkflow &workflow, QWidget *parent = nullptr);

protected:
    void changeEvent(QEvent *event) override;

private:
    void makeFields();
    void connectFields();
    void retranslate();
    void fillStrategies();
    void refresh();
    void refreshRun();
    void strategyChosen(int row);
    void edit(const std::function<void(CheckpointRecipe &)> &change);

    CheckpointWorkflow &m_workflow;
    CheckpointSession &m_session;
    QLabel *m_strategyLabel;
    QComboBox *m_strategy;
    QLabel *m_help;
    ParameterForm *m_form;
    QLabel *m_calibrationLabel;
    FileField *m_calibration;
    QLabel *m_evaluationLabel;
    FileField *m_evaluation;
    QLabel *m_windowsLabel;
    QSpinBox *m_windows;
    QLabel *m_outputLabel;
    FileField *m_output;
    QLabel *m_obstacle;
    QPushButton *m_run;
};

} // namespace qs
