// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/traingraphbuilder.h"
#include "core/trainer/training.h"
#include "core/trainer/trainingdata.h"
#include "core/trainer/trainingloss.h"

namespace qs {

Status checkTrainable(const Model &prepared, const TrainingSettings &settings, const Dataset &data,
                      std::optional<Layout> layout, const std::set<std::string> &normalized)
{
    const Error misfit {ErrorCode::InvalidArgument, "freeze_batch_norm_after", {}};
    if (settings.freezeNormalizationAfter > 0 && normalized.empty())
        return Error {misfit.code, misfit.subject, "no batch normalization was folded in this model"};
    if (settings.freezeNormalizationAfter > 0 && !canStack(prepared.graph().inputs()))
        return Error {misfit.code, misfit.subject, "needs a model whose batch dimension is open"};
    QS_CHECK(augmentedLayout(prepared.graph().inputs(), settings, layout));
    QS_TRY(const TrainingEngine *engine, trainingEngine());
    QS_TRY(const TrainGraph graph, makeTrainGraph(prepared, nullptr));
    QS_CHECK(engine->open(graph, {}));
    QS_CHECK(chooseLoss(graph, prepared, settings, data.hasLabels()));
    return Done {};
}

} // namespace qs
