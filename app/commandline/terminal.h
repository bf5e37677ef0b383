// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"

#include <chrono>
#include <mutex>

namespace qs {

/// Shows progress with the time left, and findings, on stderr: one line that rewrites itself on a terminal,
/// findings only where stderr is a file or a pipe.
class Terminal
{
public:
    Terminal();
    ~Terminal();

    void show(const Progress &progress);
    void show(const Finding &finding);
    /// Takes the progress line away.
    void clear();

private:
    using Clock = std::chrono::steady_clock;

    std::mutex m_mutex;
    bool m_isTerminal = false;
    bool m_hasLine = false;
    std::string m_stage;
    Clock::time_point m_stageStart;
    Clock::time_point m_lastShown;
};

} // namespace qs
