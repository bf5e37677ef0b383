// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/traininghistory.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace qs {

using nlohmann::json;

namespace {

template <typename T> void put(json &item, const char *key, const std::optional<T> &value)
{
    if (value)
        item[key] = *value;
}

std::optional<double> optionalNumber(const json &item, const char *key)
{
    const auto it = item.find(key);
    return it == item.end() || it->is_null() ? std::nullopt : std::optional<double>(it->get<double>());
}

json epochJson(const TrainingEpoch &epoch)
{
    json item {{"epoch", epoch.epoch},
               {"validation_loss", epoch.validationLoss},
               {"learning_rate", epoch.learningRate},
               {"seconds", epoch.seconds}};
    put(item, "loss", epoch.loss);
    put(item, "accuracy", epoch.accuracy);
    put(item, "validation_accuracy", epoch.validationAccuracy);
    for (const auto &[tensor, range] : epoch.ranges)
        item["ranges"][tensor] = {range.min, range.max};
    return item;
}

TrainingEpoch epochFromJson(const json &item)
{
    TrainingEpoch epoch;
    epoch.epoch = item.at("epoch").get<int>();
    epoch.loss = optionalNumber(item, "loss");
    epoch.accuracy = optionalNumber(item, "accuracy");
    epoch.validationLoss = item.at("validation_loss").get<double>();
    epoch.validationAccuracy = optionalNumber(item, "validation_accuracy");
    epoch.learningRate = item.at("learning_rate").get<double>();
    epoch.seconds = item.at("seconds").get<double>();
    const json ranges = item.value("ranges", json::object());
    for (const auto &[tensor, range] : ranges.items())
        epoch.ranges[tensor] = {range.at(0).get<float>(), range.at(1).get<float>()};
    return epoch;
}

} // namespace

void TrainingHistory::addStepLoss(float loss)
{
    constexpr std::size_t kMostPoints = 4096;
    stepLosses.push_back(loss);
    if (stepLosses.size() < kMostPoints)
        return;
    for (std::size_t i = 0; 2 * i < stepLosses.size(); ++i)
        stepLosses[i] = stepLosses[2 * i];
    stepLosses.resize((stepLosses.size() + 1) / 2);
    stepStride *= 2;
}

json toJson(const TrainingHistory &history)
{
    json item {{"engine", history.engine},
               {"supervision", history.supervision},
               {"samples", history.samples},
               {"validation_samples", history.validationSamples},
               {"planned_epochs", history.plannedEpochs},
               {"best_epoch", history.bestEpoch},
               {"step_stride", history.stepStride},
               {"steps_per_epoch", history.stepsPerEpoch},
               {"step_losses", history.stepLosses},
               {"checked_samples", history.checkedSamples},
               {"epochs", json::array()},
               {"differences", json::array()}};
    put(item, "same_top1", history.sameTop1);
    put(item, "simulated_top1", history.simulatedTop1);
    put(item, "exported_top1", history.exportedTop1);
    for (const TrainingEpoch &epoch : history.epochs)
        item["epochs"].push_back(epochJson(epoch));
    for (const SimulationDifference &one : history.differences) {
        item["differences"].push_back(
            {{"tensor", one.tensor}, {"changed", one.changed}, {"largest", one.largest}});
        // An exact tensor has no error to divide by.
        item["differences"].back()["sqnr_db"] = std::isfinite(one.sqnrDb) ? json(one.sqnrDb) : json("inf");
    }
    return item;
}

TrainingHistory trainingHistoryFromJson(const json &item)
{
    TrainingHistory history;
    history.engine = item.at("engine").get<std::string>();
    history.supervision = item.at("supervision").get<std::string>();
    history.samples = item.at("samples").get<std::int64_t>();
    history.validationSamples = item.at("validation_samples").get<std::int64_t>();
    history.plannedEpochs = item.at("planned_epochs").get<int>();
    history.bestEpoch = item.at("best_epoch").get<int>();
    history.stepStride = item.at("step_stride").get<int>();
    history.stepsPerEpoch = item.at("steps_per_epoch").get<std::int64_t>();
    history.stepLosses = item.at("step_losses").get<std::vector<float>>();
    history.checkedSamples = item.at("checked_samples").get<std::int64_t>();
    history.sameTop1 = optionalNumber(item, "same_top1");
    history.simulatedTop1 = optionalNumber(item, "simulated_top1");
    history.exportedTop1 = optionalNumber(item, "exported_top1");
    for (const json &epoch : item.at("epochs"))
        history.epochs.push_back(epochFromJson(epoch));
    for (const json &one : item.at("differences")) {
        const json &sqnr = one.at("sqnr_db");
        history.differences.push_back({one.at("tensor").get<std::string>(), one.at("changed").get<double>(),
                                       one.at("largest").get<int>(),
                                       sqnr.is_string() ? HUGE_VAL : sqnr.get<double>()});
    }
    return history;
}

} // namespace qs
