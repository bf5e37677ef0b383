// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/jobrunner.h"
#include "widgets/models/jobmodel.h"
#include "widgets/panels/panel.h"

class QPlainTextEdit;
class QPushButton;
class QTableView;

namespace qs {

/// What runs, how far it is, and what happened before.
class JobsPanel : public Panel
{
    Q_OBJECT
public:
    explicit JobsPanel(JobRunner &jobs, QWidget *parent = nullptr);

    QString title() const override { return tr("Jobs"); }
    QTableView &table() const { return *m_table; }
    void log(const QString &text);

protected:
    void retranslate() override;

private:
    void show(const JobStatus &status);
    void refreshButtons();
    JobId selectedJob() const;

    JobRunner &m_jobs;
    JobModel *m_model;
    QTableView *m_table;
    QPlainTextEdit *m_log;
    QPushButton *m_pause;
    QPushButton *m_cancel;
    QPushButton *m_clear;
};

/// A job's title and what it works on, in the present language.
QString jobTitle(const JobStatus &status);
/// \a status as the item model wants it.
JobInfo toJobInfo(const JobStatus &status);

} // namespace qs
