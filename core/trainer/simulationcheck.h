// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/inferenceengine.h"
#include "core/trainer/training.h"

namespace qs {

/// Runs some samples of \a data through the simulation that training saw and through \a quantized in the
/// runtime, and tells in \a history by how much the integers differ, activation by activation, how often both
/// choose the same class, and how often each is right where there are labels.
Status compareWithSimulation(const Trained &trained, const Model &quantized, const Dataset &data,
                             const InferenceEngine &engine, TrainingHistory &history, JobContext &job);

} // namespace qs
