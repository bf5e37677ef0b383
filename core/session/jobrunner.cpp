// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/jobrunner.h"

#include <QElapsedTimer>
#include <QThread>
#include <QTimer>

#include <algorithm>
#include <mutex>

namespace qs {

namespace {

constexpr std::size_t kKeptEnded = 200;
/// Before this much of a stage has passed, an estimate of the rest is a guess.
constexpr qint64 kEstimateAfterMs = 1000;

}

struct JobRunner::Job
{
    // GUI thread only.
    JobStatus status;
    std::string key;
    bool hidden = false;
    bool superseded = false;
    bool ended = false;
    QPointer<QObject> receiver;
    Callbacks callbacks; ///< `work` belongs to the pool thread once the job runs
    QElapsedTimer running;
    QElapsedTimer stage;
    QElapsedTimer shown; ///< since progress was last forwarded

    std::stop_source stop;
    std::shared_ptr<PauseGate> pause = std::make_shared<PauseGate>();
    QElapsedTimer resting; ///< since it was paused
    qint64 restedMs = 0; ///< in the present stage

    // Shared with the pool thread.
    std::mutex mutex;
    Progress latest;
    bool posted = false; ///< a flush is on its way to the GUI thread
};

JobRunner::JobRunner(QObject *parent)
    : QObject(parent)
{
    qRegisterMetaType<JobId>();
    qRegisterMetaType<JobStatus>();
    qRegisterMetaType<Finding>();
    m_limits[static_cast<int>(JobLane::Light)] = std::max(2, QThread::idealThreadCount());
    m_pool.setMaxThreadCount(m_limits[0] + m_limits[1]);
}

JobRunner::~JobRunner()
{
    m_closing = true;
    for (const JobPtr &job : m_active)
        job->stop.request_stop();
    for (auto &queue : m_queues)
        queue.clear();
    m_pool.waitForDone();
}

JobRunner::JobPtr JobRunner::enqueue(JobRequest request, QObject *receiver)
{
    auto job = std::make_shared<Job>();
    job->status.id = {++m_lastId};
    job->status.title = std::move(request.title);
    job->status.subject = std::move(request.subject);
    job->status.lane = request.lane;
    job->key = std::move(request.key);
    job->hidden = request.hidden;
    job->receiver = receiver;
    return job;
}

JobId JobRunner::launch(const JobPtr &job, Callbacks callbacks)
{
    job->callbacks = std::move(callbacks);
    if (!job->key.empty()) {
        const std::vector<JobPtr> active = m_active;
        for (const JobPtr &older : active) {
            if (older->key == job->key) {
                older->superseded = true;
                cancel(older->status.id);
            }
        }
    }
    const JobId id = job->status.id;
    connect(job->receiver, &QObject::destroyed, this, [this, id] { cancel(id); });
    m_active.push_back(job);
    if (!job->hidden) {
        m_statuses.push_back(job->status);
        emit jobAdded(job->status);
    }
    m_queues[static_cast<int>(job->status.lane)].push_back(job);
    pump(job->status.lane);
    return id;
}

void JobRunner::pump(JobLane lane)
{
    const auto index = static_cast<int>(lane);
    auto &queue = m_queues[index];
    while (!m_closing && m_running[index] < m_limits[index] && !queue.empty()) {
        const JobPtr job = queue.front();
        queue.pop_front();
        ++m_running[index];
        job->status.state = JobState::Running;
        job->running.start();
        job->stage.start();
        publishStatus(job);
        m_pool.start([this, job] { execute(job); });
    }
}

void JobRunner::execute(const JobPtr &job)
{
    const std::weak_ptr<Job> weak = job;
    const JobContext context(
        job->stop.get_token(), [this, job](const Progress &progress) { noteProgress(job, progress); },
        [this, weak, id = job->status.id](const Finding &finding) {
            post(weak, [this, id, finding] { emit findingReported(id, finding); });
        },
        job->pause);
    // Moved out so that what the work holds on to (models, data) is released here and not on the GUI thread.
    {
        const auto work = std::move(job->callbacks.work);
        work(context);
    }
    QMetaObject::invokeMethod(
        this,
        [this, job] {
            --m_running[static_cast<int>(job->status.lane)];
            conclude(job);
            pump(job->status.lane);
        },
        Qt::QueuedConnection);
}

void JobRunner::post(const std::weak_ptr<Job> &weak, std::function<void()> call)
{
    QMetaObject::invokeMethod(
        this,
        [weak, call = std::move(call)] {
            const JobPtr job = weak.lock();
            if (job && job->receiver && !job->superseded && !job->ended && !job->stop.stop_requested())
                call();
        },
        Qt::QueuedConnection);
}

void JobRunner::noteProgress(const JobPtr &job, const Progress &progress)
{
    {
        const std::scoped_lock lock(job->mutex);
        job->latest = progress;
        if (std::exchange(job->posted, true))
            return;
    }
    QMetaObject::invokeMethod(
        this, [this, job] { flushProgress(job); }, Qt::QueuedConnection);
}

void JobRunner::flushProgress(const JobPtr &job)
{
    if (job->ended)
        return;
    const qint64 sinceShown = job->shown.isValid() ? job->shown.elapsed() : kProgressIntervalMs;
    if (sinceShown < kProgressIntervalMs) {
        // Never dropped, only delayed: the last value of a stage must arrive.
        QTimer::singleShot(static_cast<int>(kProgressIntervalMs - sinceShown), this,
                           [this, job] { flushProgress(job); });
        return;
    }
    Progress progress;
    {
        const std::scoped_lock lock(job->mutex);
        progress = job->latest;
        job->posted = false;
    }
    JobStatus &status = job->status;
    if (progress.stage != status.progress.stage || progress.done < status.progress.done)
        restartStage(*job);
    status.progress = progress;
    status.elapsedMs = job->running.elapsed();
    status.remainingMs.reset();
    const qint64 inStage = job->stage.elapsed() - job->restedMs;
    if (progress.total > 0 && progress.done > 0 && inStage >= kEstimateAfterMs)
        status.remainingMs = inStage * (progress.total - progress.done) / progress.done;
    job->shown.start();
    publishStatus(job);
}

void JobRunner::restartStage(Job &job)
{
    job.stage.start();
    job.restedMs = 0;
}

void JobRunner::conclude(const JobPtr &job)
{
    job->ended = true;
    const Ending ending = job->callbacks.conclude(job->stop.stop_requested());
    job->status.state = ending.state;
    job->status.paused = false;
    job->status.error = ending.error;
    job->status.elapsedMs = job->running.isValid() ? job->running.elapsed() : 0;
    job->status.remainingMs.reset();
    std::erase(m_active, job);
    publishStatus(job);
    if (job->receiver && !job->superseded)
        job->callbacks.deliver();
    job->callbacks = {};
    if (m_active.empty())
        emit becameIdle();
}

void JobRunner::cancel(JobId id)
{
    const auto it = std::find_if(m_active.begin(), m_active.end(),
                                 [id](const JobPtr &job) { return job->status.id == id; });
    if (it == m_active.end())
        return;
    const JobPtr job = *it;
    job->stop.request_stop();
    auto &queue = m_queues[static_cast<int>(job->status.lane)];
    const auto queued = std::find(queue.begin(), queue.end(), job);
    if (queued == queue.end())
        return; // the pool thread ends it
    queue.erase(queued);
    // As with every job, the end comes from the event loop and never from inside the call.
    QMetaObject::invokeMethod(
        this, [this, job] { conclude(job); }, Qt::QueuedConnection);
}

void JobRunner::setPaused(JobId id, bool paused)
{
    const auto it = std::find_if(m_active.begin(), m_active.end(),
                                 [id](const JobPtr &job) { return job->status.id == id; });
    if (it == m_active.end() || (*it)->status.state != JobState::Running || (*it)->status.paused == paused)
        return;
    Job &job = **it;
    job.status.paused = paused;
    if (paused)
        job.resting.start();
    else
        job.restedMs += job.resting.elapsed();
    job.pause->setPaused(paused);
    publishStatus(*it);
}

void JobRunner::cancelAll()
{
    const std::vector<JobPtr> active = m_active;
    for (const JobPtr &job : active)
        cancel(job->status.id);
}

const JobStatus *JobRunner::find(JobId id) const
{
    const auto it = std::find_if(m_statuses.begin(), m_statuses.end(),
                                 [id](const JobStatus &status) { return status.id == id; });
    return it == m_statuses.end() ? nullptr : &*it;
}

void JobRunner::clearEnded()
{
    std::erase_if(m_statuses, [](const JobStatus &status) { return !status.isActive(); });
    emit endedCleared();
}

void JobRunner::publishStatus(const JobPtr &job)
{
    if (job->hidden)
        return;
    const auto it = std::find_if(m_statuses.begin(), m_statuses.end(),
                                 [&](const JobStatus &status) { return status.id == job->status.id; });
    if (it == m_statuses.end())
        return;
    *it = job->status;
    emit jobChanged(job->status);
    if (m_statuses.size() > kKeptEnded) {
        const auto oldest = std::find_if(m_statuses.begin(), m_statuses.end(),
                                         [](const JobStatus &status) { return !status.isActive(); });
        if (oldest != m_statuses.end())
            m_statuses.erase(oldest);
    }
}

} // namespace qs
