// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/jobspanel.h"

#include "widgets/controls/heatdelegate.h"
#include "widgets/models/errortext.h"
#include "widgets/models/numbertext.h"
#include "widgets/panels/tableview.h"

#include <QHeaderView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSplitter>
#include <QTableView>
#include <QTime>
#include <QVBoxLayout>

#include <array>

namespace qs {

namespace {
constexpr int kLogLines = 5000;
/// Doing, progress, time left, state; the title has the rest, which fits a small window.
constexpr std::array kColumnWidths {85, 70, 66, 72};
}

JobsPanel::JobsPanel(JobRunner &jobs, QWidget *parent)
    : Panel(QStringLiteral("jobs"), parent)
    , m_jobs(jobs)
    , m_model(new JobModel(this))
    , m_table(makeTable(QStringLiteral("jobTable")))
    , m_log(new QPlainTextEdit)
    , m_pause(new QPushButton)
    , m_cancel(new QPushButton)
    , m_clear(new QPushButton)
{
    m_table->setSortingEnabled(false);
    m_table->setModel(m_model);
    m_table->setItemDelegateForColumn(JobModel::ProgressColumn, new ProgressDelegate(m_table));
    m_table->horizontalHeader()->setSectionResizeMode(JobModel::TitleColumn, QHeaderView::Stretch);
    for (std::size_t i = 0; i < kColumnWidths.size(); ++i)
        m_table->setColumnWidth(static_cast<int>(i) + JobModel::StageColumn, kColumnWidths[i]);
    m_log->setObjectName(QStringLiteral("log"));
    m_log->setReadOnly(true);
    m_log->setMaximumBlockCount(kLogLines);
    m_log->setFrameShape(QFrame::NoFrame);
    auto *buttons = new QHBoxLayout;
    buttons->setContentsMargins(6, 4, 6, 4);
    buttons->addWidget(m_pause);
    buttons->addWidget(m_cancel);
    buttons->addWidget(m_clear);
    buttons->addStretch();
    auto *left = new QWidget;
    auto *leftLayout = new QVBoxLayout(left);
    leftLayout->setContentsMargins(0, 0, 0, 0);
    leftLayout->setSpacing(0);
    leftLayout->addWidget(m_table, 1);
    leftLayout->addLayout(buttons);
    auto *splitter = new QSplitter;
    splitter->setObjectName(QStringLiteral("jobSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(left);
    splitter->addWidget(m_log);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setSizes({650, 350});
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);

    connect(&jobs, &JobRunner::jobAdded, this, &JobsPanel::show);
    connect(&jobs, &JobRunner::jobChanged, this, &JobsPanel::show);
    connect(&jobs, &JobRunner::endedCleared, m_model, &JobModel::removeFinished);
    connect(&jobs, &JobRunner::findingReported, this, [this](JobId, const Finding &finding) {
        const QString subject = QString::fromStdString(finding.subject);
        log(QStringList {severityText(finding.severity), subject, translated(finding.detail)}
                .filter(QRegularExpression(QStringLiteral(".")))
                .join(QStringLiteral(": ")));
    });
    connect(m_cancel, &QPushButton::clicked, this, [this] { m_jobs.cancel(selectedJob()); });
    m_pause->setObjectName(QStringLiteral("pauseJob"));
    m_pause->setCheckable(true);
    connect(m_pause, &QPushButton::clicked, this,
            [this](bool paused) { m_jobs.setPaused(selectedJob(), paused); });
    connect(m_clear, &QPushButton::clicked, &jobs, &JobRunner::clearEnded);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &JobsPanel::refreshButtons);
    retranslate();
    for (const JobStatus &status : jobs.jobs())
        show(status);
    refreshButtons();
}

void JobsPanel::retranslate()
{
    m_cancel->setText(tr("Cancel"));
    m_cancel->setToolTip(tr("Stop the selected job"));
    m_clear->setText(tr("Clear finished"));
    m_log->setPlaceholderText(tr("Messages appear here."));
    for (const JobStatus &status : m_jobs.jobs())
        m_model->setJob(toJobInfo(status));
    m_model->retranslate();
    refreshButtons();
}

void JobsPanel::show(const JobStatus &status)
{
    const int before = m_model->rowCount();
    m_model->setJob(toJobInfo(status));
    if (m_model->rowCount() != before) {
        m_table->setCurrentIndex(m_model->index(m_model->rowCount() - 1, 0));
        m_table->scrollToBottom();
    }
    if (!status.isActive()) {
        const QString seconds = durationText(status.elapsedMs / 1000);
        if (status.error)
            log(tr("%1: failed. %2").arg(jobTitle(status), errorText(*status.error)));
        else if (status.state == JobState::Cancelled)
            log(tr("%1: cancelled after %2").arg(jobTitle(status), seconds));
        else
            log(tr("%1: finished in %2").arg(jobTitle(status), seconds));
    }
    refreshButtons();
}

void JobsPanel::log(const QString &text)
{
    m_log->appendPlainText(QLocale().toString(QTime::currentTime(), QStringLiteral("HH:mm:ss"))
                           + QStringLiteral("  ") + text);
}

JobId JobsPanel::selectedJob() const
{
    const int row = m_table->currentIndex().row();
    const auto &jobs = m_model->jobs();
    return row < 0 || row >= static_cast<int>(jobs.size())
        ? JobId {}
        : JobId {static_cast<std::int32_t>(jobs[static_cast<std::size_t>(row)].id)};
}

void JobsPanel::refreshButtons()
{
    const JobStatus *status = m_jobs.find(selectedJob());
    m_cancel->setEnabled(status && status->isActive());
    m_pause->setEnabled(status && status->state == JobState::Running);
    const bool paused = status && status->paused;
    m_pause->setChecked(paused);
    m_pause->setText(paused ? tr("Continue") : tr("Pause"));
    m_pause->setToolTip(paused ? tr("Let the selected job go on")
                               : tr("Let the selected job rest after its present step"));
    const auto &jobs = m_model->jobs();
    m_clear->setEnabled(
        std::any_of(jobs.begin(), jobs.end(), [](const JobInfo &job) { return job.isOver(); }));
}

QString jobTitle(const JobStatus &status)
{
    const QString title = translateCore("Job", status.title);
    return status.subject.empty()
        ? title
        : QStringLiteral("%1: %2").arg(title, QString::fromStdString(status.subject));
}

JobInfo toJobInfo(const JobStatus &status)
{
    JobInfo info;
    info.id = static_cast<quint64>(status.id.index);
    info.title = jobTitle(status);
    info.stage = QString::fromStdString(status.progress.stage);
    if (status.progress.total > 0 && status.state != JobState::Finished)
        info.fraction
            = static_cast<double>(status.progress.done) / static_cast<double>(status.progress.total);
    if (status.remainingMs)
        info.secondsLeft = (*status.remainingMs + 500) / 1000;
    info.state = status.state;
    info.paused = status.paused;
    if (status.error)
        info.message = errorText(*status.error);
    return info;
}

} // namespace qs
