// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"
#include "core/runtime/latency.h"

namespace qs {

struct SpeedComparison
{
    Latency quantized;
    Latency reference; ///< of the float model, in turns with the other
};

/// How long one made-up sample takes in both models of \a quantized: about a second of measuring.
Result<SpeedComparison> compareSpeed(const Quantized &quantized, const InferenceEngine &engine, int threads,
                                     JobContext &job);

} // namespace qs
