// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/jobstatus.h"

#include <QAbstractTableModel>

#include <optional>
#include <vector>

namespace qs {

/// A job as the window shows it.
struct JobInfo
{
    quint64 id = 0; ///< unique
    QString title;
    QString stage; ///< Progress::stage, a stable English key
    std::optional<double> fraction; ///< 0..1; unset = unknown
    std::optional<qint64> secondsLeft;
    JobState state = JobState::Waiting;
    bool paused = false;
    QString message; ///< why it failed

    bool isOver() const { return state >= JobState::Finished; }
    bool operator==(const JobInfo &) const = default;
};

/// One row a job, oldest first. Roles: SortRole, ProgressRole, JobStateRole.
class JobModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { TitleColumn, StageColumn, ProgressColumn, TimeLeftColumn, StateColumn, ColumnCount };

    explicit JobModel(QObject *parent = nullptr);

    /// Adds the job, or updates the one with the same id.
    void setJob(const JobInfo &job);
    void removeJob(quint64 id);
    /// Removes the jobs that are over.
    void removeFinished();
    const std::vector<JobInfo> &jobs() const { return m_jobs; }
    /// Call when the language changed.
    void retranslate();

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QVariant sortValue(const JobInfo &job, int column) const;
    std::vector<JobInfo> m_jobs;
};

QString jobStateText(JobState state);

} // namespace qs
