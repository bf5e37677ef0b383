// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/quantmath.h"

#include <functional>

namespace qs {

/// The range within \a extent widened to 0 for which \a cost is smallest. Coarse to fine: both ends are
/// shrunk together from the full extent down to a thousandth, then each by itself (not when \a symmetric: the
/// cost then depends on the larger magnitude only and both ends stay together), then the best is refined to
/// half a percent. Never worse than the full extent. About 150 calls of \a cost.
Range searchRange(Range extent, bool symmetric, const std::function<double(Range)> &cost);

} // namespace qs
