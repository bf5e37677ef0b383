// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/finding.h"
#include "core/targets/hostcpu.h"
#include "core/targets/target.h"

#include <vector>

namespace qs {

/// What is wrong with running files for \a target on \a host: "foreign-target" they are made for another kind
/// of machine; "target-needs-vnni" full-range weights would saturate sums here. \a hasReducedWeights: the
/// weights use a bit less, so that nothing can.
std::vector<Finding> hostFindings(const Target &target, const HostCpu &host, bool hasReducedWeights);

} // namespace qs
