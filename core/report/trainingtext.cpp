// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/trainingtext.h"

#include "core/report/text.h"

#include <algorithm>

namespace qs {
namespace {

std::string change(const std::string &from, const std::string &to)
{
    return from + " → " + to;
}

} // namespace

std::string trainingText(const TrainingHistory &history)
{
    if (history.epochs.empty())
        return "no epoch was measured";
    const auto best = std::min(static_cast<std::size_t>(history.bestEpoch), history.epochs.size() - 1);
    const TrainingEpoch &before = history.epochs.front();
    const TrainingEpoch &kept = history.epochs[best];
    std::string text = best == 0
        ? "no epoch of " + std::to_string(history.epochs.size() - 1) + " was better than none"
        : "epoch " + std::to_string(best) + " of " + std::to_string(history.epochs.size() - 1) + " was kept";
    text += "; loss " + change(fixed(before.validationLoss, 4), fixed(kept.validationLoss, 4));
    if (before.validationAccuracy && kept.validationAccuracy)
        text
            += "; accuracy " + change(percent(*before.validationAccuracy), percent(*kept.validationAccuracy));
    if (history.sameTop1)
        text += "; the exported model and the simulation choose the same class for "
            + percent(*history.sameTop1) + " of " + std::to_string(history.checkedSamples) + " samples";
    if (history.simulatedTop1 && history.exportedTop1)
        text += ", the right one for " + percent(*history.exportedTop1) + " exported and "
            + percent(*history.simulatedTop1) + " simulated";
    return text;
}

std::vector<SimulationDifference> worstDifferences(const TrainingHistory &history, std::size_t count)
{
    std::vector<SimulationDifference> worst = history.differences;
    std::stable_sort(worst.begin(), worst.end(),
                     [](const SimulationDifference &a, const SimulationDifference &b) {
                         return a.sqnrDb != b.sqnrDb ? a.sqnrDb < b.sqnrDb : a.changed > b.changed;
                     });
    worst.resize(std::min(worst.size(), count));
    return worst;
}

} // namespace qs
