// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/trainingsettings.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <numbers>
#include <regex>
#include <sstream>

namespace qs {
namespace {

/// "flip, crop" or "flip,crop:4"; the crop's default is a border of 4, as is usual for CIFAR.
Status readAugmentation(const std::string &list, TrainingSettings &settings)
{
    constexpr int kUsualBorder = 4;
    static const std::regex kCrop("crop(:([0-9]{1,3}))?");
    std::istringstream stream(list);
    for (std::string item; std::getline(stream, item, ',');) {
        const auto first = item.find_first_not_of(' ');
        item = first == std::string::npos ? "" : item.substr(first, item.find_last_not_of(' ') - first + 1);
        std::smatch match;
        if (item.empty() || item == "none")
            continue;
        if (item == "flip")
            settings.flip = true;
        else if (std::regex_match(item, match, kCrop))
            settings.crop = match[2].matched ? std::stoi(match[2]) : kUsualBorder;
        else
            return Error {ErrorCode::InvalidArgument, "augmentation '" + item + "'",
                          "not known; there are: flip, crop, crop:PIXELS"};
    }
    return Done {};
}

std::vector<ParamSpec> lossParams()
{
    return {
        choiceParam("supervision", "distillation", {"distillation", "labels", "both"},
                    QS_TR_NOOP("Params", "Learn from"),
                    QS_TR_NOOP("Params",
                               "The float model's own outputs (distillation, which needs no labels), the "
                               "data's labels, or both.")),
        realParam("temperature", 1.0, 0.1, 20.0, QS_TR_NOOP("Params", "Distillation temperature"),
                  QS_TR_NOOP("Params", "Scores are divided by this before they are compared.")),
        choiceParam("distill_layers", "", {}, QS_TR_NOOP("Params", "Distilled layers"),
                    QS_TR_NOOP("Params",
                               "Regular expression on layer names whose outputs should stay those of the "
                               "float model too; empty = none.")),
        realParam("distill_layers_weight", 1.0, 0.0, 1000.0,
                  QS_TR_NOOP("Params", "Weight of distilled layers"),
                  QS_TR_NOOP("Params", "How much the error of each chosen layer counts in the loss.")),
    };
}

std::vector<ParamSpec> rangeParams()
{
    return {
        choiceParam("ranges", "learned", {"learned", "moving_average", "frozen"},
                    QS_TR_NOOP("Params", "Ranges in training"),
                    QS_TR_NOOP("Params",
                               "learned: scales are trained as weights are (LSQ); moving_average: they "
                               "follow the data; frozen: they stay as calibrated.")),
        realParam(
            "scale_learning_rate", 0.02, 0.0, 1.0, QS_TR_NOOP("Params", "Learning rate of scales"),
            QS_TR_NOOP("Params",
                       "How far one step may move the end of a learned range, in integers of its grid.")),
        realParam("freeze_ranges_after", 0.8, 0.0, 1.0, QS_TR_NOOP("Params", "Freeze ranges after"),
                  QS_TR_NOOP("Params", "Share of the epochs after which ranges stay as they are.")),
        realParam("freeze_batch_norm_after", 0.0, 0.0, 1.0,
                  QS_TR_NOOP("Params", "Freeze batch normalization after"),
                  QS_TR_NOOP("Params",
                             "Share of the epochs in which batch normalization that was folded into weights "
                             "follows the statistics of each batch; 0 = frozen from the start.")),
    };
}

} // namespace

std::vector<ParamSpec> trainingParams()
{
    std::vector<ParamSpec> params = {
        intParam("epochs", 5, 0, 10000, QS_TR_NOOP("Params", "Epochs"),
                 QS_TR_NOOP("Params", "Times that training goes through all samples.")),
        intParam("batch_size", 64, 1, 4096, QS_TR_NOOP("Params", "Batch size"),
                 QS_TR_NOOP("Params", "Samples between two steps of the optimizer.")),
        choiceParam("optimizer", "adamw", {"adamw", "sgd"}, QS_TR_NOOP("Params", "Optimizer"),
                    QS_TR_NOOP("Params", "AdamW, or stochastic gradient descent with Nesterov momentum.")),
        realParam(
            "learning_rate", 1e-3, 0.0, 1.0, QS_TR_NOOP("Params", "Learning rate"),
            QS_TR_NOOP("Params",
                       "Largest rate, after warm-up; it falls to 0 along half a cosine. AdamW moves a "
                       "weight by that share of its channel's size: 0.004 suits 4 bits, 0.0005 suits 8.")),
        realParam("momentum", 0.9, 0.0, 0.999, QS_TR_NOOP("Params", "Momentum"),
                  QS_TR_NOOP("Params", "Of stochastic gradient descent.")),
        realParam("weight_decay", 0.0, 0.0, 1.0, QS_TR_NOOP("Params", "Weight decay"),
                  QS_TR_NOOP("Params", "Pulls weights, not biases, towards 0.")),
        realParam("warm_up", 0.05, 0.0, 1.0, QS_TR_NOOP("Params", "Warm-up"),
                  QS_TR_NOOP("Params", "Share of all steps over which the learning rate rises from 0.")),
    };
    for (const std::vector<ParamSpec> &more : {lossParams(), rangeParams()})
        params.insert(params.end(), more.begin(), more.end());
    const std::vector<ParamSpec> rest = {
        choiceParam("augmentation", "", {}, QS_TR_NOOP("Params", "Augmentation"),
                    QS_TR_NOOP("Params",
                               "What is done to training pictures at random, as a list: flip (left and "
                               "right), crop or crop:PIXELS (shifted within a border of that width).")),
        realParam("validation_share", 0.1, 0.0, 0.5, QS_TR_NOOP("Params", "Held back for validation"),
                  QS_TR_NOOP("Params",
                             "Share of the training samples that only choose the best epoch; 0 keeps the "
                             "last.")),
        intParam("patience", 0, 0, 10000, QS_TR_NOOP("Params", "Patience"),
                 QS_TR_NOOP("Params",
                            "Training ends after this many epochs without a better one; 0 = never early.")),
        intParam("seed", 1, 0, 1'000'000'000, QS_TR_NOOP("Params", "Seed"),
                 QS_TR_NOOP("Params", "Of the order of samples and of augmentation.")),
        boolParam("deterministic", true, QS_TR_NOOP("Params", "Deterministic"),
                  QS_TR_NOOP("Params", "The same run gives the same weights, with the same threads.")),
    };
    params.insert(params.end(), rest.begin(), rest.end());
    return params;
}

const char *toString(Supervision supervision)
{
    switch (supervision) {
    case Supervision::Distillation:
        return "distillation";
    case Supervision::Labels:
        return "labels";
    case Supervision::Both:
        return "both";
    }
    return "";
}

nlohmann::json toJson(const TrainingSettings &settings)
{
    return nlohmann::json::array({settings.freezeNormalizationAfter,
                                  settings.epochs,
                                  settings.batchSize,
                                  settings.learningRate,
                                  settings.scaleRate,
                                  settings.optimizer.kind,
                                  settings.optimizer.momentum,
                                  settings.warmUp,
                                  settings.supervision,
                                  settings.temperature,
                                  settings.distilledLayers,
                                  settings.layerWeight,
                                  settings.ranges,
                                  settings.freezeAfter,
                                  settings.flip,
                                  settings.crop,
                                  settings.validationShare,
                                  settings.patience,
                                  settings.seed,
                                  settings.deterministic,
                                  settings.optimizer.weightDecay});
}

Result<TrainingSettings> trainingSettings(const ParamSet &parameters)
{
    TrainingSettings settings;
    settings.epochs = static_cast<int>(parameters.integer("epochs"));
    settings.batchSize = static_cast<int>(parameters.integer("batch_size"));
    settings.learningRate = parameters.real("learning_rate");
    settings.scaleRate = parameters.real("scale_learning_rate");
    settings.optimizer.kind
        = parameters.text("optimizer") == "sgd" ? OptimizerKind::Sgd : OptimizerKind::AdamW;
    settings.optimizer.momentum = parameters.real("momentum");
    settings.optimizer.weightDecay = parameters.real("weight_decay");
    settings.warmUp = parameters.real("warm_up");
    const std::string &supervision = parameters.text("supervision");
    settings.supervision = supervision == "labels" ? Supervision::Labels
        : supervision == "both"                    ? Supervision::Both
                                                   : Supervision::Distillation;
    settings.temperature = parameters.real("temperature");
    settings.distilledLayers = parameters.text("distill_layers");
    settings.layerWeight = parameters.real("distill_layers_weight");
    const std::string &ranges = parameters.text("ranges");
    settings.ranges = ranges == "frozen" ? RangeTraining::Frozen
        : ranges == "moving_average"     ? RangeTraining::MovingAverage
                                         : RangeTraining::Learned;
    settings.optimizer.learnGrids = settings.ranges == RangeTraining::Learned;
    settings.freezeAfter = parameters.real("freeze_ranges_after");
    settings.freezeNormalizationAfter = parameters.real("freeze_batch_norm_after");
    QS_CHECK(readAugmentation(parameters.text("augmentation"), settings));
    settings.validationShare = parameters.real("validation_share");
    settings.patience = static_cast<int>(parameters.integer("patience"));
    settings.seed = static_cast<std::uint64_t>(parameters.integer("seed"));
    settings.deterministic = parameters.flag("deterministic");
    return settings;
}

StepRates ratesAt(const TrainingSettings &settings, std::int64_t step, std::int64_t steps)
{
    const double at = steps > 0 ? (double(step) + 0.5) / double(steps) : 0;
    const double factor = at < settings.warmUp ? at / settings.warmUp
                                               : 0.5
            * (1 + std::cos(std::numbers::pi * (at - settings.warmUp) / std::max(1 - settings.warmUp, 1e-9)));
    // Both ends of a range and its zero point move in integers of the grid: at one rate.
    return {factor * settings.learningRate, factor * settings.scaleRate, factor * settings.scaleRate};
}

} // namespace qs
