// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/statusline.h"

#include "widgets/models/errortext.h"
#include "widgets/models/numbertext.h"
#include "widgets/panels/jobspanel.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

namespace qs {

namespace {
constexpr int kBarWidth = 180;
constexpr int kSteps = 1000;
}

StatusLine::StatusLine(JobRunner &jobs, QWidget *parent)
    : QWidget(parent)
    , m_jobs(jobs)
    , m_text(new QLabel)
    , m_left(new QLabel)
    , m_bar(new QProgressBar)
    , m_cancel(new QToolButton)
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 1, 4, 1);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_left);
    layout->addWidget(m_bar);
    layout->addWidget(m_cancel);
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_bar->setFixedWidth(kBarWidth);
    m_bar->setTextVisible(false);
    m_cancel->setObjectName(QStringLiteral("cancelJob"));
    m_cancel->setText(QStringLiteral("✕"));
    m_cancel->setAutoRaise(true);
    // The same with and without a job, or the whole window would jump.
    setMinimumHeight(std::max(m_bar->sizeHint().height(), m_cancel->sizeHint().height()) + 2);
    connect(m_cancel, &QToolButton::clicked, this, [this] {
        if (const JobStatus *status = shown())
            m_jobs.cancel(status->id);
    });
    connect(&jobs, &JobRunner::jobAdded, this, &StatusLine::refresh);
    connect(&jobs, &JobRunner::jobChanged, this, &StatusLine::refresh);
    refresh();
}

void StatusLine::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

const JobStatus *StatusLine::shown() const
{
    // The newest that runs; a waiting one only when nothing does.
    const JobStatus *best = nullptr;
    for (const JobStatus &status : m_jobs.jobs())
        if (status.state == JobState::Running || (status.isActive() && !best))
            best = &status;
    return best;
}

void StatusLine::refresh()
{
    const JobStatus *status = shown();
    m_bar->setVisible(status);
    m_cancel->setVisible(status);
    m_left->setVisible(status && (status->paused || status->remainingMs));
    m_cancel->setToolTip(tr("Cancel this job"));
    m_cancel->setAccessibleName(m_cancel->toolTip());
    if (!status) {
        m_text->setText(tr("Ready"));
        return;
    }
    QString text = jobTitle(*status);
    const Progress &progress = status->progress;
    if (!progress.stage.empty())
        text += QStringLiteral(" — ") + stageText(progress.stage);
    if (progress.total > 0)
        text += QStringLiteral(" (") + tr("%1 of %2").arg(countText(progress.done), countText(progress.total))
            + QStringLiteral(")");
    m_text->setText(text);
    if (status->paused)
        m_left->setText(tr("Paused"));
    else if (status->remainingMs)
        m_left->setText(tr("%1 left").arg(durationText((*status->remainingMs + 500) / 1000)));
    m_bar->setRange(0, progress.total > 0 ? kSteps : 0); // 0, 0 = busy
    if (progress.total > 0)
        m_bar->setValue(static_cast<int>(progress.done * kSteps / progress.total));
}

} // namespace qs
