// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/checkpointworkflow.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QTableView;

namespace qs {

class CheckpointRunModel;
class CheckpointRunSorter;
class DialogService;

/// The table of the checkpoints: select one to see its tensors, measure, add, remove.
class CheckpointRuns : public QWidget
{
    Q_OBJECT
public:
    CheckpointRuns(CheckpointWorkflow &workflow, DialogService &dialogs, QWidget *parent = nullptr);

    QTableView &table() { return *m_table; }

protected:
    void changeEvent(QEvent *event) override;

private:
    void retranslate();
    void refreshRuns();
    void showCurrent();
    void refreshButtons();
    void addFile();
    void addFolder();
    void add(const QString &path);
    void removeCurrent();

    CheckpointWorkflow &m_workflow;
    CheckpointSession &m_session;
    DialogService &m_dialogs;
    CheckpointRunModel *m_model;
    CheckpointRunSorter *m_sorter;
    QTableView *m_table;
    QLabel *m_title;
    QPushButton *m_measure;
    QPushButton *m_add;
    QAction *m_addFile;
    QAction *m_addFolder;
    QPushButton *m_remove;
    bool m_selecting = false;
};

} // namespace qs
