// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/calibration/statistics.h"
#include "core/evaluation/drift.h"
#include "core/evaluation/evaluation.h"
#include "core/passes/passpipeline.h"
#include "core/plan/plan.h"
#include "core/plan/recipe.h"
#include "core/runtime/inferenceengine.h"
#include "core/trainer/training.h"

namespace qs {

/// What quantizing made: the model and how it came about.
struct Quantized
{
    Recipe recipe;
    ModelPtr source; ///< as loaded
    ModelPtr prepared; ///< float, after the preparing passes and what refinements and training did to it
    ModelPtr model; ///< quantized
    Plan plan;
    StatisticsPtr statistics; ///< null for strategies without calibration
    std::shared_ptr<const TrainingHistory> training; ///< null for strategies that do not train
    std::vector<PassReport> passes;
    std::vector<Finding> findings; ///< of passes, calibration, plan, runtime and checks, in that order
    double seconds = 0;
    int quantizedNodes = 0; ///< nodes of the plan that run in integers
    int floatNodes = 0; ///< the others, Constant nodes not counted
};
using QuantizedPtr = std::shared_ptr<const Quantized>;

struct QuantizeOptions
{
    int threads = 0; ///< 0 = all cores; of the training as well
    std::filesystem::path cacheFolder; ///< for statistics; empty = none
    DatasetPtr calibration; ///< opened from the recipe when null
    DatasetPtr trainingData; ///< when null, opened from the recipe; the calibration data where it has none
    TrainingOptions training; ///< for strategies that train
};

/// The whole path of one recipe: prepare, refine the model, calibrate, plan, refine the plan, train, rewrite,
/// load in the runtime, look for what is wrong. Progress stages: "prepare", "calibrate", "plan", "quantize",
/// "verify", "lint", those of train(), and the id of each refinement that is switched on.
Result<QuantizedPtr> quantize(const ModelPtr &model, const Recipe &recipe, const InferenceEngine &engine,
                              const QuantizeOptions &options, JobContext &job);

/// One finished experiment, as the window compares them. Evaluation and drift may be missing.
struct Run
{
    std::string name;
    QuantizedPtr quantized;
    std::shared_ptr<const Evaluation> evaluation;
    std::shared_ptr<const Drift> drift;
};
/// What the figures of \a run say: see evaluationFindings() and driftFindings().
std::vector<Finding> measuredFindings(const Run &run);
/// Findings of its making, then of its figures.
std::vector<Finding> findingsOf(const Run &run);
using RunPtr = std::shared_ptr<const Run>;

} // namespace qs
