// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/model/model.h"
#include "core/plan/plan.h"
#include "core/trainer/traingraph.h"
#include "core/trainer/trainingcheckpoint.h"
#include "core/trainer/trainingsettings.h"

#include <functional>
#include <set>
#include <stop_token>

namespace qs {

/// How to run a training, beside what the recipe says.
struct TrainingOptions
{
    /// Written every minute, and gone on from where it is of the same training; whoever has saved what came
    /// out may remove it. Empty = none.
    std::filesystem::path checkpoint;
    /// What to do with a checkpoint of another training, or a damaged one: write over it and tell, or end
    /// with an error, as hours of work may be in it.
    bool replacesOther = false;
    std::function<void(const TrainingHistory &)> watch; ///< after each epoch, and now and then between
    /// Samples stay decoded where they take no more bytes than this; else they are decoded in every epoch.
    std::uint64_t sampleMemory = std::uint64_t {1} << 30;
    std::stop_token finish; ///< ends training early and keeps the best epoch, unlike a cancelled job
};

struct TrainingInput
{
    ModelPtr prepared; ///< float
    const Plan &plan; ///< of the static strategy: training starts from its grids
    std::set<std::string> fixedRanges; ///< activations whose limits the user set by hand
    DatasetPtr data;
    TrainingSettings settings;
    int threads = 0; ///< 0 = all cores
    std::optional<Layout> layout; ///< of pictures, where their shape does not tell
    std::set<std::string> normalized; ///< outputs of layers that batch normalization was folded into
};

/// What came out: the network as trained, and what it takes to compare it with the exported integers.
struct Trained
{
    ModelPtr prepared; ///< float, with the weights as trained
    Plan plan; ///< on the grids as learned
    TrainingHistory history;
    TrainGraph graph; ///< constants left out
    std::shared_ptr<TrainableModel> model;
};

/// Whether \a prepared can be trained so on \a data, to be asked before calibration and all that follows it:
/// an operator that cannot be trained through, labels that are not there, a choice of layers that matches
/// none, pictures to be augmented that are none. \a layout and \a normalized as in TrainingInput.
Status checkTrainable(const Model &prepared, const TrainingSettings &settings, const Dataset &data,
                      std::optional<Layout> layout, const std::set<std::string> &normalized);

/// Trains the float model with the rounding of the plan simulated in every forward pass. The best epoch by
/// the samples held back is kept, which may be epoch 0, the plan as it was. Progress stages:
/// "read-training-data", "train" (steps). Cancelling writes the checkpoint first. A loss that is no longer
/// finite ends training with the best epoch so far and is reported.
/// Errors: no trainer (Unsupported), operators it cannot train through, labels asked for that are not there,
/// a checkpoint of another training.
Result<Trained> train(const TrainingInput &input, const TrainingOptions &options, JobContext &job);

} // namespace qs
