// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/presets.h"
#include "core/model/layertable.h"

namespace qs {

/// A model with everything the window shows of it before it is quantized.
struct OpenedModel
{
    ModelPtr model;
    ShapeMap shapes;
    std::vector<Layer> layers;
    std::optional<PreprocessingGuess> guess;
};
using OpenedModelPtr = std::shared_ptr<const OpenedModel>;

/// Loads \a path and looks it over. Stages: "load", "shapes".
Result<OpenedModelPtr> openModelFile(const std::filesystem::path &path, const InferenceEngine *engine,
                                     JobContext &job);

} // namespace qs
