// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/jobmodel.h"

#include "widgets/models/errortext.h"
#include "widgets/models/numbertext.h"
#include "widgets/models/roles.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

QString cellText(const JobInfo &job, int column)
{
    switch (column) {
    case JobModel::TitleColumn:
        return job.title;
    case JobModel::StageColumn:
        return job.isOver() ? QString() : stageText(job.stage.toStdString());
    case JobModel::ProgressColumn:
        return job.fraction ? JobModel::tr("%1 %").arg(fixedText(std::floor(100 * *job.fraction), 0))
                            : QString();
    case JobModel::TimeLeftColumn:
        return job.secondsLeft && !job.isOver() ? durationText(*job.secondsLeft) : QString();
    case JobModel::StateColumn:
        return job.paused ? JobModel::tr("Paused") : jobStateText(job.state);
    default:
        return {};
    }
}

} // namespace

QString jobStateText(JobState state)
{
    switch (state) {
    case JobState::Waiting:
        return JobModel::tr("Waiting");
    case JobState::Running:
        return JobModel::tr("Running");
    case JobState::Finished:
        return JobModel::tr("Finished");
    case JobState::Failed:
        return JobModel::tr("Failed");
    case JobState::Cancelled:
        return JobModel::tr("Cancelled");
    }
    return {};
}

JobModel::JobModel(QObject *parent)
    : QAbstractTableModel(parent)
{ }

void JobModel::setJob(const JobInfo &job)
{
    const auto it = std::find_if(m_jobs.begin(), m_jobs.end(),
                                 [&](const JobInfo &other) { return other.id == job.id; });
    if (it == m_jobs.end()) {
        beginInsertRows({}, rowCount(), rowCount());
        m_jobs.push_back(job);
        endInsertRows();
    } else if (*it != job) {
        *it = job;
        const int row = static_cast<int>(it - m_jobs.begin());
        emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
}

void JobModel::removeJob(quint64 id)
{
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (m_jobs[static_cast<std::size_t>(row)].id != id)
            continue;
        beginRemoveRows({}, row, row);
        m_jobs.erase(m_jobs.begin() + row);
        endRemoveRows();
    }
}

void JobModel::removeFinished()
{
    for (int row = rowCount() - 1; row >= 0; --row)
        if (m_jobs[static_cast<std::size_t>(row)].isOver())
            removeJob(m_jobs[static_cast<std::size_t>(row)].id);
}

void JobModel::retranslate()
{
    emit headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (!m_jobs.empty())
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int JobModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_jobs.size());
}

int JobModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant JobModel::sortValue(const JobInfo &job, int column) const
{
    switch (column) {
    case ProgressColumn:
        return job.fraction ? QVariant(*job.fraction) : QVariant();
    case TimeLeftColumn:
        return job.secondsLeft ? QVariant(*job.secondsLeft) : QVariant();
    case StateColumn:
        return static_cast<int>(job.state);
    default:
        return cellText(job, column);
    }
}

QVariant JobModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const JobInfo &job = m_jobs[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return cellText(job, index.column());
    case Qt::ToolTipRole:
        return job.message.isEmpty() ? cellText(job, index.column()) : job.message;
    case SortRole:
        return sortValue(job, index.column());
    case ProgressRole:
        return job.fraction.value_or(-1.0);
    case JobStateRole:
        return static_cast<int>(job.state);
    default:
        return {};
    }
}

QVariant JobModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    switch (section) {
    case TitleColumn:
        return tr("Job");
    case StageColumn:
        return tr("Doing");
    case ProgressColumn:
        return tr("Progress");
    case TimeLeftColumn:
        return tr("Time left");
    case StateColumn:
        return tr("State");
    default:
        return {};
    }
}

} // namespace qs
