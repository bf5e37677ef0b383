// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/base/jobcontext.h"
#include "core/base/result.h"

#include <optional>

namespace qs {

using JobId = StrongId<struct JobTag>;

enum class JobState { Waiting, Running, Finished, Failed, Cancelled };

/// Where a job may run. Engine: one at a time, because the inference runtime uses every core by itself.
/// Light: several at once.
enum class JobLane { Engine, Light };

/// What the window shows of a job.
struct JobStatus
{
    JobId id;
    std::string title; ///< English source text of the context "Job", e.g. "Quantize"
    std::string subject = {}; ///< file or model it works on; not translated
    JobLane lane = JobLane::Light;
    JobState state = JobState::Waiting;
    bool paused = false; ///< running, but told to rest at the next opportunity
    Progress progress;
    std::int64_t elapsedMs = 0; ///< since it began to run
    std::optional<std::int64_t> remainingMs; ///< of the present stage, once it can be told
    std::optional<Error> error; ///< when failed

    bool isActive() const { return state == JobState::Waiting || state == JobState::Running; }
};

} // namespace qs
