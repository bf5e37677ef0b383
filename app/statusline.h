// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/jobrunner.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace qs {

/// The status bar's view of the job that matters most: what, how far, how long still, and a button to stop
/// it.
class StatusLine : public QWidget
{
    Q_OBJECT
public:
    explicit StatusLine(JobRunner &jobs, QWidget *parent = nullptr);

protected:
    void changeEvent(QEvent *event) override;

private:
    void refresh();
    const JobStatus *shown() const;

    JobRunner &m_jobs;
    QLabel *m_text;
    QLabel *m_left;
    QProgressBar *m_bar;
    QToolButton *m_cancel;
};

} // namespace qs
