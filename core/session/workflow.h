// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/calibration/observer.h"
#include "core/session/excludematch.h"
#include "core/session/jobrunner.h"
#include "core/session/runwork.h"
#include "core/session/session.h"
#include "core/session/settings.h"
#include "core/session/trainingfeed.h"
#include "core/strategies/strategy.h"

namespace qs {

/// What the window works with; made by the composition, which owns it all and outlives every panel.
struct Services
{
    Session &session;
    JobRunner &jobs;
    Settings &settings;
    std::shared_ptr<const InferenceEngine> engine;
    const StrategyRegistry &strategies;
    const TargetRegistry &targets;
    const ObserverRegistry &observers;
    std::filesystem::path cacheFolder; ///< for statistics; empty = none
};

/// What a user can do: each call starts a job and puts its result into the session. Errors come as failed();
/// a cancel is never an error.
class Workflow : public QObject
{
    Q_OBJECT

public:
    enum class Obstacle { None, NoModel, NoCalibrationData, Running };

    explicit Workflow(Services services, QObject *parent = nullptr);

    const Services &services() const { return m_services; }

    /// A project when the name ends in .qsproj, else a model.
    void open(const QString &path);
    void openModel(const QString &path);
    void openProject(const QString &path);
    void saveProject(const QString &path);
    /// The current run's quantized model.
    void exportModel(const QString &path);
    /// Of all runs, into a folder.
    void exportReport(const QString &folder);

    /// What keeps run() from being useful now.
    Obstacle obstacle() const;
    void run();
    /// Adds the quantized model in \a path, made by any tool, as a run; needs a float model and no running
    /// run.
    void addModel(const QString &path);
    bool canAddModel() const;
    void cancelRun();
    /// Ends a training now and keeps its best epoch; the run goes on with that.
    void finishTraining();
    bool isFinishingTraining() const { return m_finishTraining.stop_requested(); }
    /// Of the run in progress; null when it is not training.
    const TrainingHistoryPtr &training() const { return m_training; }
    bool isRunning() const { return m_runJob.isValid(); }
    JobId runJob() const { return m_runJob; }
    bool isOpening() const { return m_openJob.isValid(); }
    /// What the recipe's exclude patterns match in the open model; computed beside the GUI thread.
    const ExcludeMatches &excludeMatches() const { return m_excludeMatches; }

signals:
    void opened(const QString &path);
    void saved(const QString &path);
    void exported(const QString &path);
    void runningChanged(bool running);
    /// After a run, whatever its end was.
    void runEnded(qs::JobState state);
    void openingChanged(bool opening);
    void excludeMatchesChanged();
    void trainingChanged(); ///< training() went on, began or ended
    void failed(const qs::Error &error);

private:
    using RunWork = std::function<Result<RunPtr>(JobContext &, const PublishRun &)>;
    /// Runs \a work, which makes a run, in the background; the session shows the run as it grows.
    void startRun(std::string title, std::string subject, RunWork work);
    void setRunJob(JobId id);
    void setTraining(TrainingHistoryPtr history);
    void setOpenJob(JobId id);
    void updateExcludeMatches();
    template <typename T> bool failedOrCancelled(const Outcome<T> &outcome);

    Services m_services;
    JobId m_runJob;
    RunPtr m_shownRun; ///< the running job's run as the session has it
    TrainingHistoryPtr m_training;
    std::stop_source m_finishTraining;
    JobId m_openJob;
    ExcludeMatches m_excludeMatches;
    OpenedModelPtr m_matchedModel;
    std::vector<std::string> m_matchedPatterns;
};

} // namespace qs
