// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/jobcontext.h"

namespace qs {

JobContext::JobContext(std::stop_token stop, ProgressSink progress, FindingSink findings,
                       std::shared_ptr<PauseGate> pause)
    : m_stop(std::move(stop))
    , m_progress(std::move(progress))
    , m_findings(std::move(findings))
    , m_pause(std::move(pause))
{ }

JobContext JobContext::withSinks(ProgressSink progress, FindingSink findings) const
{
    return {m_stop, std::move(progress), std::move(findings), m_pause};
}

void JobContext::throwIfStopped() const
{
    if (m_pause)
        m_pause->wait(m_stop);
    if (isStopped())
        throw Cancelled {};
}

void JobContext::progress(const std::string &stage, std::int64_t done, std::int64_t total) const
{
    if (m_progress)
        m_progress({stage, done, total});
}

void JobContext::report(const Finding &finding) const
{
    if (m_findings)
        m_findings(finding);
}

const char *toString(Severity severity)
{
    switch (severity) {
    case Severity::Info:
        return "info";
    case Severity::Warning:
        return "warning";
    case Severity::Error:
        return "error";
    }
    return "info";
}

} // namespace qs
