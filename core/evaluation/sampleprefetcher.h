// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

namespace qs {

/// A SampleReader that decodes a few samples ahead on a thread of its own, so that reading pictures does not
/// wait for the runtime nor the runtime for them. Order, skipping and errors are SampleReader's.
class SamplePrefetcher
{
public:
    /// Both must outlive this. At most \a depth decoded samples are held.
    SamplePrefetcher(const Dataset &dataset, JobContext &job, std::size_t depth = 4);
    ~SamplePrefetcher(); ///< drops what was decoded and waits for the sample being decoded
    SamplePrefetcher(const SamplePrefetcher &) = delete;
    SamplePrefetcher &operator=(const SamplePrefetcher &) = delete;

    using Item = std::optional<std::pair<std::size_t, Sample>>;
    /// The next good sample with its index, null at the end. Throws what the reading thread threw
    /// (Cancelled).
    Result<Item> next();
    /// Damaged samples passed over before what next() returned last.
    std::size_t skipped() const { return m_skipped; }

private:
    struct Entry
    {
        Result<Item> item;
        std::size_t skipped;
    };
    void read(const std::stop_token &stop, const Dataset &dataset, JobContext &job);

    const std::size_t m_depth;
    std::size_t m_skipped = 0;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<Entry> m_queue;
    bool m_ended = false;
    std::exception_ptr m_failure;
    std::jthread m_thread; ///< last: it uses all of the above
};

} // namespace qs
