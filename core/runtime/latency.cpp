// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/latency.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace qs {
namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Nearest-rank percentile of sorted \a times: the smallest that \a fraction of them do not exceed.
double percentile(const std::vector<double> &times, double fraction)
{
    const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(times.size())));
    return times[std::clamp<std::size_t>(rank, 1, times.size()) - 1];
}

double median(const std::vector<double> &times)
{
    const std::size_t middle = times.size() / 2;
    return times.size() % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
}

} // namespace

Result<std::vector<Latency>> measureLatency(std::span<InferenceSession *const> sessions,
                                            std::span<const std::vector<NamedTensor>> inputs,
                                            const LatencyOptions &options, JobContext &job)
{
    if (sessions.size() != inputs.size())
        return Error {ErrorCode::InvalidArgument, "latency", "needs one set of inputs for each session"};
    const int minRuns = std::max(1, options.minRuns);
    const int maxRuns = std::max(minRuns, options.maxRuns);
    for (int round = 0; round < options.warmup; ++round) {
        for (std::size_t i = 0; i < sessions.size(); ++i)
            QS_CHECK(sessions[i]->run(inputs[i], job));
    }

    std::vector<std::vector<double>> times(sessions.size());
    std::vector<double> total(sessions.size(), 0.0);
    const auto enough = [&](int rounds) {
        const auto isDone = [&](double ms) { return ms >= options.minSeconds * 1000; };
        return rounds >= minRuns && std::all_of(total.begin(), total.end(), isDone);
    };
    for (int round = 0; round < maxRuns && !enough(round); ++round) {
        job.progress("latency", round, 0);
        for (std::size_t i = 0; i < sessions.size(); ++i) {
            const Clock::time_point start = Clock::now();
            const auto outputs = sessions[i]->run(inputs[i], job);
            const double ms = millisecondsSince(start);
            QS_CHECK(outputs);
            times[i].push_back(ms);
            total[i] += ms;
        }
    }

    std::vector<Latency> result;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        std::sort(times[i].begin(), times[i].end());
        result.push_back({median(times[i]), percentile(times[i], 0.9), times[i].front(),
                          static_cast<int>(times[i].size()), options.warmup, sessions[i]->threads()});
    }
    return result;
}

} // namespace qs
