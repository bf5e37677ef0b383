// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/jobstatus.h"
#include "core/session/outcome.h"

#include <QObject>
#include <QPointer>
#include <QThreadPool>

#include <deque>
#include <memory>
#include <vector>

namespace qs {

/// What to start: how it is called, where it runs, and whose place it takes.
struct JobRequest
{
    std::string title; ///< see JobStatus::title
    std::string subject = {};
    JobLane lane = JobLane::Light;
    /// A new job stops older ones with the same key, and their results are dropped. Empty = stands alone.
    std::string key = {};
    bool hidden = false; ///< too small to be listed (a preview while the user types)
};

/// Runs work off the GUI thread and brings results, progress and findings back to it. The work knows nothing
/// of Qt. Lives on the GUI thread; destroying it stops all jobs and waits for them.
class JobRunner : public QObject
{
    Q_OBJECT

public:
    static constexpr int kProgressIntervalMs = 50;

    explicit JobRunner(QObject *parent = nullptr);
    ~JobRunner() override;

    /// \a work(JobContext &) returns a Result<T> on a pool thread; whatever it throws becomes an Error.
    /// \a done(const Outcome<T> &) is then called on the GUI thread, unless \a receiver is gone or a newer
    /// job with the same key was started.
    template <typename Work, typename Done>
    JobId start(JobRequest request, Work work, QObject *receiver, Done done);

    /// The same for work that shows results on the way: \a work(JobContext &, publish), where publish(P) may
    /// be called from the pool thread and \a partial(P) gets the value on the GUI thread, in order, before \a
    /// done.
    template <typename P, typename Work, typename Partial, typename Done>
    JobId startStreaming(JobRequest request, Work work, QObject *receiver, Partial partial, Done done);

    void cancel(JobId id);
    void cancelAll();
    /// Lets a running job rest between two of its steps, or go on. A job that waits or is over stays as it
    /// is.
    void setPaused(JobId id, bool paused);

    /// Listed jobs, oldest first: all active ones and the last ended ones.
    const std::vector<JobStatus> &jobs() const { return m_statuses; }
    const JobStatus *find(JobId id) const;
    bool isIdle() const { return m_active.empty(); } ///< hidden jobs count too
    void clearEnded();

signals:
    void jobAdded(const qs::JobStatus &status);
    void jobChanged(const qs::JobStatus &status);
    void endedCleared();
    void findingReported(qs::JobId id, const qs::Finding &finding);
    void becameIdle();

private:
    struct Job;
    using JobPtr = std::shared_ptr<Job>;
    struct Ending
    {
        JobState state = JobState::Finished;
        std::optional<Error> error;
    };
    struct Callbacks
    {
        std::function<void(const JobContext &)> work; ///< pool thread; fills the outcome
        std::function<Ending(bool cancelled)> conclude; ///< GUI thread
        std::function<void()> deliver; ///< GUI thread; only when somebody still wants it
    };
    template <typename T, typename Invoke, typename Done>
    static Callbacks makeCallbacks(Invoke invoke, Done done);

    JobPtr enqueue(JobRequest request, QObject *receiver);
    JobId launch(const JobPtr &job, Callbacks callbacks);
    /// Posts \a call to the GUI thread; it runs only while \a job is wanted.
    void post(const std::weak_ptr<Job> &job, std::function<void()> call);
    void pump(JobLane lane);
    void execute(const JobPtr &job);
    void noteProgress(const JobPtr &job, const Progress &progress);
    void flushProgress(const JobPtr &job);
    static void restartStage(Job &job);
    void conclude(const JobPtr &job);
    void publishStatus(const JobPtr &job);

    QThreadPool m_pool;
    std::vector<JobStatus> m_statuses;
    std::vector<JobPtr> m_active;
    std::deque<JobPtr> m_queues[2];
    int m_running[2] = {0, 0};
    int m_limits[2] = {1, 1};
    std::int32_t m_lastId = 0;
    bool m_closing = false;
};

namespace detail {
/// Calls \a invoke and turns whatever it throws into an outcome.
template <typename T, typename Invoke> Outcome<T> guardedOutcome(const Invoke &invoke)
{
    try {
        return Outcome<T>(invoke());
    } catch (const Cancelled &) {
        return {};
    } catch (const std::bad_alloc &) {
        return Result<T>(Error {ErrorCode::OutOfMemory, {}, "not enough memory"});
    } catch (const std::exception &e) {
        return Result<T>(Error {ErrorCode::Runtime, {}, e.what()});
    } catch (...) {
        return Result<T>(Error {ErrorCode::Runtime, {}, "unknown failure"});
    }
}
template <typename R> struct ResultValue;
template <typename T> struct ResultValue<Result<T>>
{
    using Type = T;
};
}

template <typename T, typename Invoke, typename Done>
JobRunner::Callbacks JobRunner::makeCallbacks(Invoke invoke, Done done)
{
    auto outcome = std::make_shared<Outcome<T>>();
    return {
        [outcome, invoke = std::move(invoke)](const JobContext &context) mutable {
            JobContext job = context;
            *outcome = detail::guardedOutcome<T>([&] { return invoke(job); });
        },
        [outcome](bool cancelled) -> Ending {
            if (cancelled || outcome->isCancelled()) {
                *outcome = {};
                return {JobState::Cancelled, {}};
            }
            if (outcome->isFailed())
                return {JobState::Failed, outcome->error()};
            return {};
        },
        [outcome, done = std::move(done)] { done(std::as_const(*outcome)); },
    };
}

template <typename Work, typename Done>
JobId JobRunner::start(JobRequest request, Work work, QObject *receiver, Done done)
{
    using T = typename detail::ResultValue<std::invoke_result_t<Work &, JobContext &>>::Type;
    return launch(enqueue(std::move(request), receiver), makeCallbacks<T>(std::move(work), std::move(done)));
}

template <typename P, typename Work, typename Partial, typename Done>
JobId JobRunner::startStreaming(JobRequest request, Work work, QObject *receiver, Partial partial, Done done)
{
    const JobPtr job = enqueue(std::move(request), receiver);
    const auto publish = [this, weak = std::weak_ptr<Job>(job), partial = std::move(partial)](P value) {
        post(weak, [partial, value = std::move(value)] { partial(value); });
    };
    using Publish = std::function<void(P)>;
    using T = typename detail::ResultValue<std::invoke_result_t<Work &, JobContext &, const Publish &>>::Type;
    auto invoke = [work = std::move(work), publish = Publish(publish)](JobContext &context) mutable {
        return work(context, publish);
    };
    return launch(job, makeCallbacks<T>(std::move(invoke), std::move(done)));
}

} // namespace qs

Q_DECLARE_METATYPE(qs::JobId)
Q_DECLARE_METATYPE(qs::JobStatus)
Q_DECLARE_METATYPE(qs::Finding)
