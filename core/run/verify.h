// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"
#include "core/targets/target.h"

namespace qs {

/// Runs both models once on the same synthetic sample. Error when the preparing passes changed what the model
/// computes by more than rounding; what the runtime cannot run is its own, earlier error.
Status verifyPrepared(const Model &source, const Model &prepared, const InferenceEngine &engine,
                      JobContext &job);

/// Loads and runs the quantized model in the runtime. Where this machine's kernels are the target's,
/// operators planned as integers that the runtime nevertheless runs in float become findings
/// ("float-kernel").
Status verifyLoads(const Quantized &quantized, const Target &target, const InferenceEngine &engine,
                   JobContext &job);

} // namespace qs
