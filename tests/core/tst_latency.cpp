// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/latency.h"

#include <QTest>

#include <string>
#include <thread>

using namespace qs;

namespace {

/// Writes its letter into a shared log at each run, and sleeps as it was told.
class FakeSession : public InferenceSession
{
public:
    FakeSession(char letter, std::string &log, std::vector<int> sleepsMs = {})
        : m_letter(letter)
        , m_log(log)
        , m_sleepsMs(std::move(sleepsMs))
    { }

    const std::vector<ValueInfo> &inputs() const override { return m_none; }
    const std::vector<ValueInfo> &outputs() const override { return m_none; }
    int threads() const override { return 4; }
    Result<std::vector<Tensor>> run(std::span<const NamedTensor> inputs, const ValueWatcher &,
                                    const JobContext &job) override
    {
        job.throwIfStopped();
        m_log += m_letter;
        m_fed = inputs.size();
        if (m_failAt == m_runs)
            return Error {ErrorCode::Runtime, "fake", "failed"};
        if (static_cast<std::size_t>(m_runs) < m_sleepsMs.size())
            std::this_thread::sleep_for(
                std::chrono::milliseconds(m_sleepsMs[static_cast<std::size_t>(m_runs)]));
        ++m_runs;
        return std::vector<Tensor> {};
    }

    int m_failAt = -1;
    std::size_t m_fed = 0;

private:
    char m_letter;
    std::string &m_log;
    std::vector<int> m_sleepsMs;
    int m_runs = 0;
    std::vector<ValueInfo> m_none;
};

const std::vector<NamedTensor> kNothing;

} // namespace

class tst_Latency : public QObject
{
    Q_OBJECT
private slots:
    void sessionsTakeTurns();
    void warmUpIsNotCounted();
    void goesOnUntilEnoughTimeWasMeasured();
    void orderStatisticsAreInOrder();
    void failuresAndStopsEndIt();
};

void tst_Latency::sessionsTakeTurns()
{
    std::string log;
    FakeSession a('a', log);
    FakeSession b('b', log);
    const std::vector<InferenceSession *> sessions {&a, &b};
    const std::vector<std::vector<NamedTensor>> inputs {{}, {{"x", Tensor()}}};
    JobContext job;
    const auto result = measureLatency(sessions, inputs, {1, 3, 0.0, 10}, job);
    QVERIFY(result.ok());
    QCOMPARE(log, std::string("abababab"));
    QCOMPARE(result->size(), std::size_t {2});
    QCOMPARE((*result)[0].runs, 3);
    QCOMPARE((*result)[0].warmup, 1);
    QCOMPARE((*result)[1].threads, 4);
    QCOMPARE(b.m_fed, std::size_t {1});
    QCOMPARE(a.m_fed, std::size_t {0});
}

void tst_Latency::warmUpIsNotCounted()
{
    std::string log;
    FakeSession a('a', log, {200, 1, 1, 1}); // the first run of a session is slow
    InferenceSession *const session = &a;
    JobContext job;
    const auto result = measureLatency({&session, 1}, {&kNothing, 1}, {1, 3, 0.0, 3}, job);
    QCOMPARE((*result)[0].runs, 3);
    QVERIFY((*result)[0].minMs >= 1.0);
    QCOMPARE(log, std::string("aaaa"));
}

void tst_Latency::goesOnUntilEnoughTimeWasMeasured()
{
    std::string log;
    FakeSession slow('s', log, std::vector<int>(100, 5));
    FakeSession quick('q', log);
    const std::vector<InferenceSession *> sessions {&slow, &quick};
    const std::vector<std::vector<NamedTensor>> inputs(2);
    JobContext job;
    const auto result = measureLatency(sessions, inputs, {0, 2, 60.0, 8}, job);
    QCOMPARE((*result)[0].runs, 8); // the quick one never gets its minute, so the limit ends it
    const auto timed
        = measureLatency(std::span(sessions).first(1), std::span(inputs).first(1), {0, 2, 0.02, 1000}, job);
    QVERIFY((*timed)[0].runs >= 2 && (*timed)[0].runs <= 4); // each takes 5 ms or more
}

void tst_Latency::orderStatisticsAreInOrder()
{
    std::string log;
    FakeSession a('a', log, {1, 1, 1, 1, 1, 1, 1, 1, 1, 30});
    InferenceSession *const session = &a;
    JobContext job;
    const auto result = measureLatency({&session, 1}, {&kNothing, 1}, {0, 10, 0.0, 10}, job);
    const Latency &latency = (*result)[0];
    QVERIFY(latency.minMs <= latency.medianMs && latency.medianMs <= latency.p90Ms);
    QVERIFY(latency.minMs >= 1.0);
}

void tst_Latency::failuresAndStopsEndIt()
{
    std::string log;
    FakeSession a('a', log);
    a.m_failAt = 2;
    InferenceSession *const session = &a;
    JobContext job;
    QCOMPARE(measureLatency({&session, 1}, {&kNothing, 1}, {0, 5, 0.0, 5}, job).error().detail,
             std::string("failed"));
    QVERIFY(measureLatency({&session, 1}, {}, {0, 5, 0.0, 5}, job).error().code
            == ErrorCode::InvalidArgument);
    std::stop_source stop;
    stop.request_stop();
    JobContext stopped(stop.get_token(), {});
    FakeSession b('b', log);
    InferenceSession *const other = &b;
    QVERIFY_EXCEPTION_THROWN((void)measureLatency({&other, 1}, {&kNothing, 1}, {}, stopped), Cancelled);
}

QTEST_GUILESS_MAIN(tst_Latency)
#include "tst_latency.moc"
