// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model.h"

#include <map>

namespace qs {

class InferenceEngine;

struct TensorType
{
    DType type = DType::Undefined;
    Shape shape; ///< -1 = unknown
    bool operator==(const TensorType &) const = default;
};

/// Type and shape of every value whose shape is known.
using ShapeMap = std::map<std::string, TensorType>;

/// Shapes by onnx's own inference where it knows the opset; what stays unknown is found by running the model
/// once on synthetic data with unknown input dimensions set to 1 (batch) or a plausible size, when \a engine
/// is given. Never fails because inference fails: the map just has fewer entries.
ShapeMap inferShapes(const Model &model, const InferenceEngine *engine, JobContext &job);

} // namespace qs
