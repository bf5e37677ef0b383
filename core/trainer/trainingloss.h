// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"
#include "core/trainer/trainingengine.h"
#include "core/trainer/trainingsettings.h"

namespace qs {

/// What \a settings ask to be minimised in \a graph, made from \a prepared. Scores are the first output;
/// further outputs and the chosen layers should stay as the float model's. Errors: labels asked for that are
/// not there; a choice of layers that is no regular expression, or matches none.
Result<LossSpec> chooseLoss(const TrainGraph &graph, const Model &prepared, const TrainingSettings &settings,
                            bool hasLabels);

} // namespace qs
