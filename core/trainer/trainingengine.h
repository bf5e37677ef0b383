// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/trainer/traingraph.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace qs {

enum class TrainMode {
    Float, ///< the weights training started from, nothing rounded: the teacher
    Simulated, ///< the weights as trained, on their grids
    Observing, ///< Simulated, and activation grids follow what passes through them
};

struct TrainerOptions
{
    int threads = 0; ///< 0 = all cores
    bool deterministic = true;
    bool doublePrecision = false; ///< for checking gradients; run() then gives float64
};

enum class OptimizerKind { Sgd, AdamW };

struct OptimizerOptions
{
    OptimizerKind kind = OptimizerKind::Sgd;
    double momentum = 0.9; ///< SGD
    double weightDecay = 0; ///< of weights with two or more dimensions only
    bool learnGrids = true;
};

/// What is minimised. Scores are the values of \c output, one row a sample.
struct LossSpec
{
    int output = -1; ///< value read as scores
    bool probabilities = false; ///< it went through a Softmax already
    double labels = 0; ///< weight of the cross-entropy with the labels
    /// Weight of the Kullback-Leibler divergence from the float model's scores (Hinton et al. 2015), times
    /// temperature squared; squared error relative to the float model's variance where there are no classes.
    double distillation = 0;
    double temperature = 1;
    bool classes = true;
    std::vector<int> layers; ///< values whose squared error against the float model counts too
    double layerWeight = 0; ///< each, relative to the float value's variance
};

struct BatchResult
{
    double loss = 0; ///< mean over the rows
    std::int64_t rows = 0;
    std::int64_t right = 0; ///< rows whose largest score is at the label; 0 without labels
};

/// Factors the optimizer applies in one step.
struct StepRates
{
    double weights
        = 0; ///< learning rate; AdamW: of the size of a channel's weights, as they were at the start
    double scales
        = 0; ///< in integer steps at the end of the range; logarithmic as in Jain et al. 2019, "TQT"
    double zeroPoints = 0; ///< in steps of the grid
};

/// Of one grid, one number a channel; empty where it is not learned.
struct GridGradient
{
    std::vector<double> scale;
    std::vector<double> zeroPoint;
};

/// A network that can be trained. One thread at a time. Errors are Runtime with what the library said.
class TrainableModel
{
public:
    virtual ~TrainableModel() = default;

    /// The values \a wanted for \a inputs, which are in the order of TrainGraph::inputs.
    virtual Result<std::vector<Tensor>> run(std::span<const Tensor> inputs, TrainMode mode,
                                            std::span<const int> wanted)
        = 0;
    /// Adds the gradient of \a share times the loss of one batch, nothing where that is not finite; \a labels
    /// may be empty.
    virtual Result<BatchResult> accumulate(std::span<const Tensor> inputs,
                                           std::span<const std::int64_t> labels, const LossSpec &loss,
                                           double share, TrainMode mode)
        = 0;
    /// Like accumulate(), but only tells the loss.
    virtual Result<BatchResult> measure(std::span<const Tensor> inputs, std::span<const std::int64_t> labels,
                                        const LossSpec &loss)
        = 0;
    /// Applies and clears what was accumulated.
    virtual Status step(const StepRates &rates) = 0;
    virtual void setOptimizer(const OptimizerOptions &options) = 0; ///< starts it afresh

    /// Gradients of sum(\a coefficients · value \a output) with respect to the float values \a with (fed or
    /// trainable), in double precision where the model has it; nothing is accumulated.
    virtual Result<std::vector<std::vector<double>>> gradients(std::span<const Tensor> inputs, int output,
                                                               const Tensor &coefficients,
                                                               std::span<const int> with, TrainMode mode)
        = 0;
    /// The same with respect to \a grids, indices of TrainGraph::grids, in TrainMode::Simulated.
    virtual Result<std::vector<GridGradient>> gridGradients(std::span<const Tensor> inputs, int output,
                                                            const Tensor &coefficients,
                                                            std::span<const int> grids)
        = 0;

    /// Whether nodes BatchStatistics normalize by the statistics of what is fed, in every mode but Float.
    virtual void useBatchStatistics(bool on) = 0;
    /// Adds up what goes into these nodes.
    virtual Status collectStatistics(std::span<const Tensor> inputs, TrainMode mode) = 0;
    /// Ends collecting: what was seen is what they normalize to.
    virtual Status keepStatistics() = 0;
    /// Ends collecting: changes weights and biases, and scales of weights that have one a channel, so that
    /// the layers compute without these nodes on average what they did with them.
    virtual Status foldStatistics() = 0;

    virtual Tensor weight(int value) const = 0; ///< float32, as trained so far
    virtual Status setWeight(int value, const Tensor &tensor) = 0;
    virtual std::vector<ScaleZeroPoint> grid(int index) const = 0; ///< as learned so far
    /// Everything needed to go on as if there had been no break: weights, grids, optimizer.
    virtual std::string state() const = 0;
    virtual Status restore(const std::string &state) = 0;
};

class TrainingEngine
{
public:
    virtual ~TrainingEngine() = default;

    virtual std::string version() const = 0; ///< "libtorch 1.13.1"
    /// Unsupported, naming operators and layers, when it cannot compute all of \a graph.
    virtual Result<std::unique_ptr<TrainableModel>> open(const TrainGraph &graph,
                                                         const TrainerOptions &options) const = 0;
};

/// The trainer, from libqs_trainer.so beside the program, loaded on first use. Unsupported, naming the
/// package to install, where it or libtorch is missing.
Result<const TrainingEngine *> trainingEngine();

/// To be called at the start of main(), while there is one thread: lets the trainer's idle threads sleep.
/// They would wait in a loop, which slows training to a quarter where another program uses a core.
void prepareTraining();

/// Name of the module's only function and its type.
inline constexpr const char *kTrainerModuleName = "qs_trainer_engine";
using TrainerModuleFunction = const TrainingEngine *(*)();

} // namespace qs
