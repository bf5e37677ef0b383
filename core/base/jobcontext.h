// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/finding.h"
#include "core/base/pausegate.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace qs {

/// Where a job stands. \a total is 0 while it is unknown.
struct Progress
{
    std::string stage; ///< stable English key such as "calibrate"; the window translates it
    std::int64_t done = 0;
    std::int64_t total = 0;
};

/// Thrown by JobContext::throwIfStopped(); caught by whoever started the job, and by nobody else.
struct Cancelled
{ };

/// What long work gets to say how far it is and to hear that it should stop. A default-constructed one
/// never stops and tells nobody, for tests and small calls. Sinks may be called from any thread.
class JobContext
{
public:
    using ProgressSink = std::function<void(const Progress &)>;
    using FindingSink = std::function<void(const Finding &)>;

    JobContext() = default;
    JobContext(std::stop_token stop, ProgressSink progress, FindingSink findings = {},
               std::shared_ptr<PauseGate> pause = {});
    /// Stops and pauses when this one does, but tells others.
    JobContext withSinks(ProgressSink progress, FindingSink findings) const;

    const std::stop_token &stopToken() const { return m_stop; }
    bool isStopped() const { return m_stop.stop_requested(); }
    /// Ask at every natural grain: batch, layer, pass, file. While the job is paused, this waits.
    void throwIfStopped() const;

    void progress(const std::string &stage, std::int64_t done, std::int64_t total) const;
    /// A warning that does not end the job, e.g. a damaged image that was skipped.
    void report(const Finding &finding) const;

private:
    std::stop_token m_stop;
    ProgressSink m_progress;
    FindingSink m_findings;
    std::shared_ptr<PauseGate> m_pause;
};

} // namespace qs
