// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/advisor/modelfacts.h"
#include "core/data/presets.h"
#include "core/model/layertable.h"
#include "core/model/quantizedview.h"

namespace qs {

/// A model with everything the window shows of it before it is quantized. Layers are those of the prepared
/// model (BatchNormalization folded and so on): what strategies, plans, drift and exclude patterns speak of.
struct OpenedModel
{
    ModelPtr model; ///< as loaded
    ModelPtr
        prepared; ///< after the Prepare passes; the model itself where they fail or it is quantized already
    ShapeMap shapes; ///< of prepared
    std::vector<Layer> layers; ///< of prepared
    ModelFacts facts; ///< of prepared
    QuantizedViewPtr quantized; ///< of a model that is quantized already; null for a float one
    std::optional<PreprocessingGuess> guess;
};
using OpenedModelPtr = std::shared_ptr<const OpenedModel>;

/// Loads \a path and looks it over. Stages: "load", "shapes", "prepare".
Result<OpenedModelPtr> openModelFile(const std::filesystem::path &path, const InferenceEngine *engine,
                                     JobContext &job);

} // namespace qs
