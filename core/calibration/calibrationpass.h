// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/calibration/calibrator.h"
#include "core/calibration/tensorcollector.h"

#include <atomic>
#include <exception>
#include <mutex>

namespace qs {

/// One pass over a data set by several workers that take whole samples: decoding, inference and collecting of
/// different samples overlap, and no worker waits for another within a sample. They share one session, and
/// look at each value as it is computed. The result does not depend on who took which sample.
class CalibrationPass
{
public:
    CalibrationPass(const Model &model, const Dataset &dataset, std::vector<StatRequest> requests,
                    const InferenceEngine &engine, int threads, JobContext &job);

    Result<Statistics> run();

private:
    using Worker = std::vector<TensorCollector>; ///< one a request
    struct Ticket
    {
        std::size_t number = 0; ///< position among the good samples
        Sample sample;
    };

    void work(Worker &worker);
    Status workUntilDone(Worker &worker, std::size_t &ticketNumber);
    Status openSession();
    Result<std::optional<Ticket>> nextTicket();
    Result<std::vector<SampleSummary>> collect(Worker &worker, const Ticket &ticket) const;
    void deliver(std::size_t number, std::vector<SampleSummary> summaries);
    void fail(std::size_t number, Error error);

    const Model &m_model;
    const Dataset &m_dataset;
    const std::vector<StatRequest> m_requests;
    const InferenceEngine &m_engine;
    JobContext &m_job;
    int m_workers = 1;
    int m_threadsEach = 1;
    std::unique_ptr<InferenceSession> m_session;

    std::mutex m_readerMutex;
    SampleReader m_reader;
    std::size_t m_handedOut = 0;

    std::mutex m_resultMutex;
    std::vector<SummaryReducer> m_reducers;
    std::map<std::size_t, std::vector<SampleSummary>> m_waiting; ///< finished before an earlier sample
    std::size_t m_reduced = 0;
    std::size_t m_failedNumber = 0;
    std::optional<Error> m_error;
    std::exception_ptr m_exception;
    std::atomic<bool> m_stopped = false;
};

} // namespace qs
