// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/traininghistory.h"

namespace qs {

/// What came of a training, without a full stop: "epoch 4 of 5 was kept; loss 0.3101 → 0.0812; …". Losses and
/// accuracies are those of the samples held back, before training and as kept.
std::string trainingText(const TrainingHistory &history);

/// The \a count activations whose exported integers differ most from the simulated ones, the worst first.
std::vector<SimulationDifference> worstDifferences(const TrainingHistory &history, std::size_t count);

} // namespace qs
