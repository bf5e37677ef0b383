// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/calibration/calibrationpass.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace qs {
namespace {

// More sessions cost memory (weights and the activations of a sample each), so beyond a few the threads go
// into the sessions instead.
constexpr int kMaxWorkers = 4;
constexpr std::uint64_t kWeightBudget = std::uint64_t {1} << 27;

int workersFor(const Model &model, const Dataset &dataset, int threads)
{
    const std::uint64_t byWeights = kWeightBudget / std::max<std::uint64_t>(model.sizeBytes(), 1);
    const std::uint64_t limit = std::min(
        {std::uint64_t(kMaxWorkers), std::uint64_t(threads), std::uint64_t(dataset.size()), byWeights});
    return std::max(1, static_cast<int>(limit));
}

/// Runs task(0) … task(count - 1) on \a threads threads, the calling one among them.
template <typename Task> void parallelFor(std::size_t count, int threads, Task task)
{
    std::atomic<std::size_t> next = 0;
    const auto loop = [&] {
        for (std::size_t i = next++; i < count; i = next++)
            task(i);
    };
    std::vector<std::jthread> helpers;
    for (int i = 1; i < threads; ++i)
        helpers.emplace_back(loop);
    loop();
}

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
    m_workers = workersFor(model, dataset, threads);
    m_threadsEach = (threads + m_workers - 1) / m_workers;
}

Result<Statistics> CalibrationPass::run()
{
    std::vector<Worker> workers(static_cast<std::size_t>(m_workers));
    for (Worker &worker : workers) {
        for (const StatRequest &request : m_requests)
            worker.collectors.emplace_back(request);
    }
    parallelFor(workers.size(), m_workers, [&](std::size_t i) { work(workers[i]); });
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
        TensorCollector &all = workers.front().collectors[i];
        for (std::size_t w = 1; w < workers.size(); ++w)
            all.merge(workers[w].collectors[i]);
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
    worker.session.reset();
}

Status CalibrationPass::workUntilDone(Worker &worker, std::size_t &number)
{
    QS_CHECK(openSession(worker));
    while (!m_stopped) {
        QS_TRY(std::optional<Ticket> ticket, nextTicket());
        if (!ticket)
            break;
        number = ticket->number;
        QS_TRY(const std::vector<Tensor> outputs, worker.session->run(ticket->sample.inputs, m_job));
        QS_TRY(std::vector<SampleSummary> summaries, collect(worker, outputs));
        deliver(number, std::move(summaries));
    }
    return Done {};
}

Status CalibrationPass::openSession(Worker &worker) const
{
    SessionOptions options;
    options.threads = m_threadsEach;
    for (const StatRequest &request : m_requests)
        options.taps.push_back(request.tensor);
    QS_TRY(worker.session, m_engine.open(m_model, options));
    const std::vector<ValueInfo> &outputs = worker.session->outputs();
    for (const StatRequest &request : m_requests) {
        const auto it = std::ranges::find(outputs, request.tensor, &ValueInfo::name);
        if (it == outputs.end())
            return Error {ErrorCode::NotFound, "tensor '" + request.tensor + "'", "is not in the model"};
        worker.outputs.push_back(static_cast<std::size_t>(it - outputs.begin()));
    }
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

Result<std::vector<SampleSummary>> CalibrationPass::collect(Worker &worker,
                                                            const std::vector<Tensor> &outputs) const
{
    std::vector<SampleSummary> summaries(m_requests.size());
    std::vector<std::optional<Error>> errors(m_requests.size());
    parallelFor(m_requests.size(), m_threadsEach, [&](std::size_t i) {
        Result<SampleSummary> summary = worker.collectors[i].add(outputs[worker.outputs[i]]);
        if (summary.ok())
            summaries[i] = *summary;
        else
            errors[i] = summary.error();
    });
    for (std::size_t i = 0; i < errors.size(); ++i) {
        if (errors[i])
            return Error {errors[i]->code, "tensor '" + m_requests[i].tensor + "'", errors[i]->message()};
    }
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
