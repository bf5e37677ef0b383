// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/jobcontext.h"
#include "core/model/graphview.h"
#include "core/model/shapes.h"

namespace qs {

/// Shapes that follow from \a inputs by the inference of \a engine's runtime, as it opens the model. Not by
/// that of the onnx library: it knows the opsets of its day only, and divides by the strides of a damaged
/// model. An operator that the runtime does not know or refuses, and others of its kind, hide what is
/// computed from them and nothing else.
ShapeMap inferredShapes(const Model &model, const std::vector<ValueInfo> &inputs,
                        const InferenceEngine &engine, JobContext &job);

} // namespace qs
