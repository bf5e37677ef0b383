// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/calibrationpass.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace qs {
namespace {

/// Each worker holds the activations of a sample; beyond a few the threads go into each run instead.
constexpr int kMaxWorkers = 8;
/// From so many samples on, histograms of large tensors count one in 32 of the values that are not in the
/// tails: counting is most of what calibration costs. Extents, sums and tails are always of all.
constexpr std::size_t kManySamples = 16;
constexpr std::size_t kStride = 32;

} // namespace

CalibrationPass::CalibrationPass(const Model &model, const Dataset &dataset,
                                 std::vector<StatRequest> requests, const InferenceEngine &engine,
                                 int threads, JobContext &job)
    : m_model(model)
    , m_dataset(dataset)
    , m_requests(std::move(requests))
    , m_engine(engine)
    , m_job(job)
    , m_reader(dataset, job)
    , m_reducers(m_requests.size())
{
    if (threads <= 0)
        threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    m_workers = std::max(1, std::min({threads, kMaxWorkers, static_cast<int>(dataset.size())}));
    m_threadsEach = (threads + m_workers - 1) / m_workers;
}

Result<Statistics> CalibrationPass::run()
{
    QS_CHECK(openSession());
    const std::size_t stride = m_dataset.size() < kManySamples ? 1 : kStride;
    Worker empty;
    for (const StatRequest &request : m_requests)
        empty.emplace_back(request, stride);
    std::vector<Worker> workers(static_cast<std::size_t>(m_workers), empty);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 1; i < workers.size(); ++i)
            threads.emplace_back([&, i] { work(workers[i]); });
        work(workers.front());
    }
    m_session.reset();
    if (m_exception)
        std::rethrow_exception(m_exception);
    m_job.throwIfStopped();
    if (m_error)
        return *m_error;
    if (m_reduced == 0)
        return Error {ErrorCode::InvalidArgument, m_dataset.description().str(), "has no usable sample"};

    Statistics statistics;
    statistics.samples = m_reduced;
    statistics.skippedSamples = m_reader.skipped();
    statistics.synthetic = m_dataset.isSynthetic();
    for (std::size_t i = 0; i < m_requests.size(); ++i) {
        TensorCollector &all = workers.front()[i];
        for (std::size_t w = 1; w < workers.size(); ++w)
            all.merge(workers[w][i]);
        TensorStatistics tensor = m_reducers[i].statistics();
        all.finish(tensor);
        statistics.tensors.emplace(m_requests[i].tensor, std::move(tensor));
    }
    return statistics;
}

void CalibrationPass::work(Worker &worker)
{
    std::size_t number = 0;
    try {
        if (Status status = workUntilDone(worker, number); !status.ok())
            fail(number, status.error());
    } catch (...) {
        const std::lock_guard lock(m_resultMutex);
        m_exception = std::current_exception();
        m_stopped = true;
    }
}

Status CalibrationPass::workUntilDone(Worker &worker, std::size_t &number)
{
    while (!m_stopped) {
        QS_TRY(std::optional<Ticket> ticket, nextTicket());
        if (!ticket)
            break;
        number = ticket->number;
        QS_TRY(std::vector<SampleSummary> summaries, collect(worker, *ticket));
        deliver(number, std::move(summaries));
    }
    return Done {};
}

Status CalibrationPass::openSession()
{
    SessionOptions options;
    options.threads = m_threadsEach;
    options.watchesBlocks = true;
    for (const StatRequest &request : m_requests)
        options.watched.push_back(request.tensor);
    QS_TRY(m_session, m_engine.open(m_model, options));
    return Done {};
}

Result<std::optional<CalibrationPass::Ticket>> CalibrationPass::nextTicket()
{
    const std::lock_guard lock(m_readerMutex);
    if (m_stopped)
        return std::optional<Ticket> {};
    m_job.throwIfStopped();
    QS_TRY(auto next, m_reader.next());
    if (!next)
        return std::optional<Ticket> {};
    return std::optional<Ticket> {Ticket {m_handedOut++, std::move(next->second)}};
}

Result<std::vector<SampleSummary>> CalibrationPass::collect(Worker &worker, const Ticket &ticket) const
{
    std::vector<SampleSummary> summaries(m_requests.size());
    const auto watcher = [&](std::size_t i, const WatchedValue &value) -> Status {
        Result<SampleSummary> summary = worker[i].add(value, ticket.number);
        if (!summary.ok())
            return Error {summary.error().code, "tensor '" + m_requests[i].tensor + "'",
                          summary.error().message()};
        summaries[i] = *std::move(summary);
        return Done {};
    };
    QS_CHECK(m_session->run(ticket.sample.inputs, watcher, m_job));
    return summaries;
}

void CalibrationPass::deliver(std::size_t number, std::vector<SampleSummary> summaries)
{
    const std::lock_guard lock(m_resultMutex);
    m_waiting.emplace(number, std::move(summaries));
    for (auto it = m_waiting.begin(); it != m_waiting.end() && it->first == m_reduced;
         it = m_waiting.erase(it), ++m_reduced) {
        for (std::size_t i = 0; i < m_reducers.size(); ++i)
            m_reducers[i].add(it->second[i]);
    }
    m_job.progress("calibrate", static_cast<std::int64_t>(m_reduced),
                   static_cast<std::int64_t>(m_dataset.size()));
}

void CalibrationPass::fail(std::size_t number, Error error)
{
    const std::lock_guard lock(m_resultMutex);
    m_stopped = true;
    // Samples are handed out in order, so the earliest failure is the same one every time.
    if (!m_error || number < m_failedNumber) {
        m_error = std::move(error);
        m_failedNumber = number;
    }
}

} // namespace qs
