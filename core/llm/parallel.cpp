// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llm/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace qs {

namespace {

thread_local int gLimit = 0; ///< 0 = none

} // namespace

ThreadLimit::ThreadLimit(int threads)
    : m_before(gLimit)
{
    if (threads > 0)
        gLimit = threads;
}

ThreadLimit::~ThreadLimit()
{
    gLimit = m_before;
}

int threadCount(int threads)
{
    if (threads <= 0)
        threads = gLimit;
    return threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void parallelFor(std::size_t count, const std::function<void(std::size_t)> &task, int threads)
{
    std::atomic<std::size_t> next = 0;
    std::exception_ptr thrown;
    std::mutex mutex;
    const auto loop = [&] {
        try {
            for (std::size_t i = next++; i < count; i = next++)
                task(i);
        } catch (...) {
            next = count;
            const std::lock_guard lock(mutex);
            if (!thrown)
                thrown = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> helpers;
        const std::size_t wanted = std::min(count, static_cast<std::size_t>(threadCount(threads)));
        for (std::size_t i = 1; i < wanted; ++i)
            helpers.emplace_back([&loop, limit = gLimit] {
                const ThreadLimit inherited(limit);
                loop();
            });
        loop();
    }
    if (thrown)
        std::rethrow_exception(thrown);
}

} // namespace qs
