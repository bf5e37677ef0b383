// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commandline/terminal.h"

#include "app/commandline/options.h"

#include <cstdio>
#include <unistd.h>

namespace qs {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(100);

std::string timeLeft(double seconds)
{
    const auto whole = static_cast<long>(seconds + 0.5);
    char text[32];
    if (whole >= 3600)
        std::snprintf(text, sizeof text, "%ld:%02ld:%02ld left", whole / 3600, whole / 60 % 60, whole % 60);
    else
        std::snprintf(text, sizeof text, "%ld:%02ld left", whole / 60, whole % 60);
    return text;
}

} // namespace

Terminal::Terminal()
    : m_isTerminal(::isatty(STDERR_FILENO) != 0)
{ }

Terminal::~Terminal()
{
    clear();
}

void Terminal::clear()
{
    const std::lock_guard lock(m_mutex);
    if (m_hasLine)
        std::fputs("\r\x1b[K", stderr);
    m_hasLine = false;
}

void Terminal::show(const Progress &progress)
{
    if (!m_isTerminal)
        return;
    const std::lock_guard lock(m_mutex);
    const auto now = Clock::now();
    if (progress.stage != m_stage) {
        m_stage = progress.stage;
        m_stageStart = now;
    } else if (now - m_lastShown < kInterval && progress.done < progress.total) {
        return;
    }
    m_lastShown = now;
    std::string line = progress.stage;
    if (progress.total > 0) {
        const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
        const double spent = std::chrono::duration<double>(now - m_stageStart).count();
        line += " " + std::to_string(progress.done) + "/" + std::to_string(progress.total) + "  "
            + std::to_string(static_cast<int>(share * 100)) + " %";
        if (share > 0 && spent > 1)
            line += "  " + timeLeft(spent * (1 - share) / share);
    }
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
    std::fflush(stderr);
    m_hasLine = true;
}

void Terminal::show(const Finding &finding)
{
    clear();
    const std::string subject = finding.subject.empty() ? std::string() : finding.subject + ": ";
    std::fprintf(stderr, "%s: %s [%s]\n", toString(finding.severity),
                 printable(subject + finding.detail.str()).c_str(), finding.code.c_str());
}

} // namespace qs
