// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/finding.h"
#include "core/evaluation/drift.h"

namespace qs {

/// What a user should look at, worst first within each kind. Codes:
/// "high-drift" a layer's SQNR is below 15 dB (the worst few; said whether it loses it itself or inherits
/// it); "clipped-activations" more than 1 % of a layer's float values lie outside its grid: the calibration
/// data is not like these, or the clip limits are too tight; "dead-channels" channels that are alive in the
/// float model and a constant zero in the quantized one.
std::vector<Finding> driftFindings(const Drift &drift);

} // namespace qs
