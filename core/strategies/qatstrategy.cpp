// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/strategies/staticstrategy.h"
#include "core/trainer/trainingsettings.h"

#include <algorithm>

namespace qs {
namespace {

/// Training chooses roundings itself, by moving the weights.
bool isLeftToTraining(const ParamSpec &param)
{
    return param.key.starts_with("adaround") || param.key.starts_with("sequential");
}

std::vector<ParamSpec> qatParams()
{
    std::vector<ParamSpec> params = trainingParams();
    std::vector<ParamSpec> start = staticParams();
    std::erase_if(start, isLeftToTraining);
    params.insert(params.end(), start.begin(), start.end());
    return params;
}

} // namespace

void register_qatstrategy(StrategyRegistry &registry)
{
    registry.add({.id = "qat",
                  .title = QS_TR_NOOP("Strategy", "Quantization-aware training"),
                  .help = QS_TR_NOOP("Strategy",
                                     "Static INT8, then training with the rounding simulated: where accuracy "
                                     "matters most, or few bits cost too much."),
                  .needsCalibration = true,
                  .trains = true,
                  .params = qatParams(),
                  .make = makeStaticStrategy});
}

} // namespace qs
