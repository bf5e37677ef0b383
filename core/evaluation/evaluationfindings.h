// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/finding.h"
#include "core/evaluation/evaluation.h"

namespace qs {

/// What a user should know before deploying. Codes: "slower-than-float" the median latency is above that of
/// the reference in the same run; "accuracy-lost" the paired interval of the difference in top-1 lies below
/// -kNoticedDrop; "disagrees" without labels, fewer than 95 % of the predictions are those of the reference.
std::vector<Finding> evaluationFindings(const Evaluation &evaluation);

/// "slower-than-float" when \a latency is above that of \a reference, measured in the same run.
std::optional<Finding> slowerThanFloat(const Latency &latency, const Latency &reference);

/// Half a point: what a careful user asks about.
inline constexpr double kNoticedDrop = 0.005;

} // namespace qs
