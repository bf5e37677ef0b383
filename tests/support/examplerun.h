// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"

namespace qs::test {

/// A run of \a prepared with made-up figures for every layer: plan, statistics with histograms, drift of four
/// samples, evaluation. Nothing was measured; for tests of views and of files.
RunPtr makeExampleRun(const ModelPtr &source, const ModelPtr &prepared, const std::string &name);

} // namespace qs::test
