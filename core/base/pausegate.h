// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace qs {

/// Lets work rest between two steps until it is told to go on. Any thread may call.
class PauseGate
{
public:
    void setPaused(bool paused)
    {
        {
            const std::scoped_lock lock(m_mutex);
            m_paused = paused;
        }
        m_changed.notify_all();
    }
    bool isPaused() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_paused;
    }
    /// Returns at once, or when the pause is over or \a stop was requested.
    void wait(const std::stop_token &stop)
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, stop, [this] { return !m_paused; });
    }

private:
    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    bool m_paused = false;
};

} // namespace qs
