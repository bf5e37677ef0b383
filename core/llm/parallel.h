// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>

namespace qs {

/// \a threads, or the number of cores when that is 0 or less.
int threadCount(int threads = 0);

/// Runs task(0) … task(count - 1) on \a threads threads (0 = all cores), the calling one among them. The
/// first exception a task throws ends the rest and is thrown here.
void parallelFor(std::size_t count, const std::function<void(std::size_t)> &task, int threads = 0);

} // namespace qs
