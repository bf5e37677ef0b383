// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/trainer/traininghistory.h"

#include <filesystem>

namespace qs {

/// Everything needed to go on with an interrupted training as if nothing had happened.
struct TrainingCheckpoint
{
    std::string fingerprint; ///< of model, plan, data and settings
    int epoch = 0; ///< the one in progress, from 1
    std::int64_t samplesDone = 0; ///< in it
    std::int64_t rows = 0; ///< of these, without damaged samples
    double lossSum = 0; ///< over them
    bool isFolded = false; ///< its batch statistics were folded; it is only to be measured
    std::int64_t right = 0;
    double seconds = 0; ///< spent on the epoch so far
    TrainingHistory history;
    double bestScore = 0; ///< of history.bestEpoch; larger is better
    std::string state; ///< TrainableModel::state()
    std::string best; ///< the state of the best epoch
};

/// Written beside and renamed, so that a kill at any moment leaves a whole file.
Status saveCheckpoint(const TrainingCheckpoint &checkpoint, const std::filesystem::path &path);
/// Error NotFound when there is none, Format when it is damaged.
Result<TrainingCheckpoint> loadCheckpoint(const std::filesystem::path &path);

/// For a folder of the program's own, where each model and recipe has its file: removes checkpoints that
/// nobody went on from for a month, and all but the ten newest; \a wanted stays.
void removeAbandonedCheckpoints(const std::filesystem::path &folder, const std::filesystem::path &wanted);

} // namespace qs
