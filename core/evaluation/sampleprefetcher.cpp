// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/sampleprefetcher.h"

namespace qs {

SamplePrefetcher::SamplePrefetcher(const Dataset &dataset, JobContext &job, std::size_t depth)
    : m_depth(depth)
    , m_thread([this, &dataset, &job](const std::stop_token &stop) { read(stop, dataset, job); })
{ }

SamplePrefetcher::~SamplePrefetcher()
{
    m_thread.request_stop();
    m_thread.join();
}

void SamplePrefetcher::read(const std::stop_token &stop, const Dataset &dataset, JobContext &job)
{
    try {
        SampleReader reader(dataset, job);
        for (bool goOn = true; goOn;) {
            Result<Item> item = reader.next();
            goOn = item.ok() && item->has_value();
            std::unique_lock lock(m_mutex);
            if (!m_changed.wait(lock, stop, [&] { return m_queue.size() < m_depth; }))
                return;
            m_queue.push_back({std::move(item), reader.skipped()});
            m_changed.notify_all();
        }
    } catch (...) {
        const std::lock_guard lock(m_mutex);
        m_failure = std::current_exception();
        m_changed.notify_all();
    }
}

Result<SamplePrefetcher::Item> SamplePrefetcher::next()
{
    std::unique_lock lock(m_mutex);
    if (m_ended)
        return Item {};
    m_changed.wait(lock, [&] { return !m_queue.empty() || m_failure; });
    if (m_queue.empty())
        std::rethrow_exception(m_failure);
    Entry entry = std::move(m_queue.front());
    m_queue.pop_front();
    m_changed.notify_all();
    m_skipped = entry.skipped;
    m_ended = !entry.item.ok() || !entry.item->has_value();
    return std::move(entry.item);
}

} // namespace qs
