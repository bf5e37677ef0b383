// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/jobrunner.h"

#include <QSignalSpy>
#include <QTest>

#include <atomic>
#include <latch>
#include <semaphore>
#include <thread>

using namespace qs;
using namespace std::chrono_literals;

namespace {

Result<int> waitUntilStopped(JobContext &job)
{
    while (true) {
        job.throwIfStopped();
        std::this_thread::sleep_for(1ms);
    }
}

}

class TestJobRunner : public QObject
{
    Q_OBJECT

private slots:
    void deliversTheValueOnTheGuiThread()
    {
        JobRunner runner;
        std::thread::id worker;
        QThread *deliveredOn = nullptr;
        int value = 0;
        runner.start(
            {.title = "Add"},
            [&worker](JobContext &) -> Result<int> {
                worker = std::this_thread::get_id();
                return 42;
            },
            this,
            [&](const Outcome<int> &outcome) {
                QVERIFY(outcome.isFinished());
                deliveredOn = QThread::currentThread();
                value = outcome.value();
            });
        QCOMPARE(value, 0); // never from inside start()
        QTRY_COMPARE(value, 42);
        QCOMPARE(deliveredOn, thread());
        QVERIFY(worker != std::this_thread::get_id());
        QCOMPARE(runner.jobs().size(), std::size_t(1));
        QCOMPARE(runner.jobs().front().state, JobState::Finished);
    }

    void errorsAndExceptionsBecomeFailed_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("message");
        QTest::newRow("error") << 0 << "a.onnx: damaged";
        QTest::newRow("exception") << 1 << "boom";
        QTest::newRow("bad_alloc") << 2 << "not enough memory";
        QTest::newRow("other") << 3 << "unknown failure";
    }

    void errorsAndExceptionsBecomeFailed()
    {
        QFETCH(int, kind);
        QFETCH(QString, message);
        JobRunner runner;
        std::optional<Error> error;
        runner.start(
            {.title = "Fail"},
            [kind](JobContext &) -> Result<int> {
                switch (kind) {
                case 1:
                    throw std::runtime_error("boom");
                case 2:
                    throw std::bad_alloc();
                case 3:
                    throw 7;
                default:
                    return Error {ErrorCode::Format, "a.onnx", "damaged"};
                }
            },
            this, [&](const Outcome<int> &outcome) { error = outcome.error(); });
        QTRY_VERIFY(error);
        QVERIFY(QString::fromStdString(error->message()).contains(message));
        QCOMPARE(runner.jobs().front().state, JobState::Failed);
        QCOMPARE(runner.jobs().front().error, error);
    }

    void cancelWhileRunning()
    {
        JobRunner runner;
        bool cancelled = false;
        const JobId id = runner.start({.title = "Wait"}, waitUntilStopped, this,
                                      [&](const Outcome<int> &o) { cancelled = o.isCancelled(); });
        QTest::qWait(20);
        runner.cancel(id);
        QTRY_VERIFY(cancelled);
        QCOMPARE(runner.find(id)->state, JobState::Cancelled);
        QVERIFY(!runner.find(id)->error);
    }

    void pausedWorkRestsUntilItMayGoOn()
    {
        JobRunner runner;
        std::atomic<int> steps = 0;
        bool finished = false;
        const JobId id = runner.start(
            {.title = "Count"},
            [&steps](JobContext &job) -> Result<int> {
                while (steps < 200) {
                    job.throwIfStopped();
                    ++steps;
                    std::this_thread::sleep_for(1ms);
                }
                return 1;
            },
            this, [&](const Outcome<int> &o) { finished = o.isFinished(); });
        QTRY_VERIFY(steps > 0);
        runner.setPaused(id, true);
        QVERIFY(runner.find(id)->paused);
        QTest::qWait(20); // the step it was in
        const int resting = steps;
        QTest::qWait(60);
        QCOMPARE(steps.load(), resting);
        QVERIFY(!finished);
        runner.setPaused(id, false);
        QTRY_VERIFY(finished);
        QVERIFY(!runner.find(id)->paused);
    }

    void pausedWorkCanBeCancelled()
    {
        JobRunner runner;
        bool cancelled = false;
        const JobId id = runner.start({.title = "Wait"}, waitUntilStopped, this,
                                      [&](const Outcome<int> &o) { cancelled = o.isCancelled(); });
        QTRY_COMPARE(runner.find(id)->state, JobState::Running);
        runner.setPaused(id, true);
        QTest::qWait(20);
        runner.cancel(id);
        QTRY_VERIFY(cancelled);
    }

    void cancelBeforeItRuns()
    {
        JobRunner runner;
        const JobId first = runner.start({.title = "Wait", .lane = JobLane::Engine}, waitUntilStopped, this,
                                         [](const Outcome<int> &) {});
        std::atomic<bool> ran = false;
        bool cancelled = false;
        const JobId second = runner.start(
            {.title = "Never", .lane = JobLane::Engine},
            [&ran](JobContext &) -> Result<int> {
                ran = true;
                return 1;
            },
            this, [&](const Outcome<int> &o) { cancelled = o.isCancelled(); });
        QCOMPARE(runner.find(second)->state, JobState::Waiting);
        runner.cancel(second);
        QVERIFY(!cancelled);
        QTRY_VERIFY(cancelled); // although the lane is still taken
        QCOMPARE(runner.find(first)->state, JobState::Running);
        QVERIFY(!ran);
    }

    void cancelAfterTheWorkButBeforeDelivery()
    {
        JobRunner runner;
        std::binary_semaphore worked {0};
        bool cancelled = false;
        const JobId id = runner.start(
            {.title = "Quick"},
            [&worked](JobContext &) -> Result<int> {
                worked.release();
                return 1;
            },
            this, [&](const Outcome<int> &o) { cancelled = o.isCancelled(); });
        worked.acquire();
        std::this_thread::sleep_for(20ms); // the result now waits in the event queue
        runner.cancel(id);
        QTRY_VERIFY(cancelled);
    }

    void cancelAfterTheEndIsHarmless()
    {
        JobRunner runner;
        int delivered = 0;
        const JobId id = runner.start(
            {.title = "Quick"}, [](JobContext &) -> Result<int> { return 1; }, this,
            [&](const Outcome<int> &o) { delivered += o.isFinished() ? 1 : 100; });
        QTRY_COMPARE(delivered, 1);
        runner.cancel(id);
        QTest::qWait(20);
        QCOMPARE(delivered, 1);
        QCOMPARE(runner.find(id)->state, JobState::Finished);
    }

    void destroyedReceiverGetsNothingAndStopsTheWork()
    {
        JobRunner runner;
        bool delivered = false;
        auto receiver = std::make_unique<QObject>();
        const JobId id = runner.start({.title = "Wait"}, waitUntilStopped, receiver.get(),
                                      [&](const Outcome<int> &) { delivered = true; });
        receiver.reset();
        QTRY_COMPARE(runner.find(id)->state, JobState::Cancelled);
        QVERIFY(!delivered);
    }

    void newestRequestWins()
    {
        JobRunner runner;
        std::vector<int> delivered;
        for (int i = 0; i < 20; ++i)
            runner.start(
                {.title = "Preview", .key = "preview", .hidden = true},
                [i](JobContext &) -> Result<int> {
                    std::this_thread::sleep_for(2ms);
                    return i;
                },
                this, [&](const Outcome<int> &o) { delivered.push_back(o.value()); });
        QTRY_VERIFY(runner.isIdle());
        QCOMPARE(delivered, std::vector<int> {19});
        QVERIFY(runner.jobs().empty());
    }

    void engineLaneRunsOneAtATimeAndInOrder()
    {
        JobRunner runner;
        std::atomic<int> inside = 0;
        std::atomic<int> most = 0;
        std::vector<int> order;
        for (int i = 0; i < 8; ++i)
            runner.start(
                {.title = "Run", .lane = JobLane::Engine},
                [&inside, &most, i](JobContext &) -> Result<int> {
                    most = std::max(most.load(), ++inside);
                    std::this_thread::sleep_for(2ms);
                    --inside;
                    return i;
                },
                this, [&](const Outcome<int> &o) { order.push_back(o.value()); });
        QTRY_COMPARE(order, (std::vector<int> {0, 1, 2, 3, 4, 5, 6, 7}));
        QCOMPARE(most.load(), 1);
    }

    void lightLaneRunsBesideTheEngine()
    {
        JobRunner runner;
        const JobId engine = runner.start({.title = "Wait", .lane = JobLane::Engine}, waitUntilStopped, this,
                                          [](const Outcome<int> &) {});
        bool done = false;
        runner.start(
            {.title = "Light"}, [](JobContext &) -> Result<int> { return 1; }, this,
            [&](const Outcome<int> &) { done = true; });
        QTRY_VERIFY(done);
        QCOMPARE(runner.find(engine)->state, JobState::Running);
    }

    void progressIsThrottledAndTheLastValueArrives()
    {
        JobRunner runner;
        QSignalSpy spy(&runner, &JobRunner::jobChanged);
        std::binary_semaphore seen {0};
        bool done = false;
        const JobId id = runner.start(
            {.title = "Count"},
            [&](JobContext &job) -> Result<int> {
                for (int i = 1; i <= 20000; ++i)
                    job.progress("count", i, 20000);
                (void)seen.try_acquire_for(5s);
                return 1;
            },
            this, [&](const Outcome<int> &) { done = true; });
        QTRY_COMPARE(runner.find(id)->progress.done, std::int64_t(20000));
        QCOMPARE(runner.find(id)->progress.stage, std::string("count"));
        // One for the start and one for each 50 ms of a burst that takes far less than a second.
        QVERIFY2(spy.count() < 22, qPrintable(QString::number(spy.count())));
        seen.release();
        QTRY_VERIFY(done);
    }

    void partialResultsComeInOrderAndStopWithTheJob()
    {
        JobRunner runner;
        std::vector<int> seen;
        bool done = false;
        const auto work = [](JobContext &job, const std::function<void(int)> &publish) -> Result<int> {
            for (int i = 0; i < 5; ++i)
                publish(i);
            return waitUntilStopped(job);
        };
        const JobId id = runner.startStreaming<int>(
            {.title = "Stream"}, work, this, [&](int value) { seen.push_back(value); },
            [&](const Outcome<int> &o) { done = o.isCancelled(); });
        QTRY_COMPARE(seen, (std::vector<int> {0, 1, 2, 3, 4}));
        runner.cancel(id);
        QTRY_VERIFY(done);
        QCOMPARE(seen.size(), std::size_t(5));
    }

    void findingsAreForwarded()
    {
        JobRunner runner;
        QSignalSpy spy(&runner, &JobRunner::findingReported);
        const Finding finding {Severity::Warning, "damaged-image", "a.png", "skipped"};
        bool done = false;
        runner.start(
            {.title = "Find"},
            [finding](JobContext &job) -> Result<int> {
                job.report(finding);
                return 1;
            },
            this, [&](const Outcome<int> &) { done = true; });
        QTRY_VERIFY(done);
        QCOMPARE(spy.count(), 1);
        QCOMPARE(spy.at(0).at(1).value<Finding>(), finding);
    }

    void destructorStopsAndWaits()
    {
        std::atomic<bool> left = false;
        bool delivered = false;
        auto runner = std::make_unique<JobRunner>();
        std::latch started(1);
        runner->start(
            {.title = "Wait"},
            [&](JobContext &job) -> Result<int> {
                started.count_down();
                while (!job.isStopped())
                    std::this_thread::sleep_for(1ms);
                std::this_thread::sleep_for(30ms);
                left = true;
                return 1;
            },
            this, [&](const Outcome<int> &) { delivered = true; });
        started.wait();
        runner.reset();
        QVERIFY(left);
        QTest::qWait(10);
        QVERIFY(!delivered);
    }

    void manyJobsStoppedAndOrphaned()
    {
        JobRunner runner;
        std::vector<std::unique_ptr<QObject>> receivers;
        int finished = 0;
        int cancelled = 0;
        for (int i = 0; i < 200; ++i) {
            receivers.push_back(std::make_unique<QObject>());
            const JobId id = runner.start(
                {.title = "One"}, [i](JobContext &) -> Result<int> { return i; }, receivers.back().get(),
                [&](const Outcome<int> &o) { o.isFinished() ? ++finished : ++cancelled; });
            if (i % 3 == 0)
                runner.cancel(id);
            if (i % 5 == 0)
                receivers.back().reset();
        }
        QTRY_VERIFY(runner.isIdle());
        // Of 200: 67 are stopped, 40 orphaned, 14 both.
        QCOMPARE(finished, 200 - 67 - 40 + 14);
        QCOMPARE(cancelled, 67 - 14);
        runner.clearEnded();
        QVERIFY(runner.jobs().empty());
    }
};

QTEST_GUILESS_MAIN(TestJobRunner)
#include "tst_jobrunner.moc"
