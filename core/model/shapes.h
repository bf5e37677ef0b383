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

/// Shapes of one run with one sample: dimensions that the graph inputs leave open are set first (batch 1, see
/// concreteInputs()), so the result has numbers for MACs even for a model with a dynamic batch. Then the
/// runtime of \a engine infers what it can, and what stays unknown is found by running the model once on
/// synthetic data. Without \a engine the model is not run: shapes that depend on data, and most that the
/// graph computes, stay unknown (-1 or absent). Initializers and constants are included. Never fails because
/// inference fails: the map just has fewer entries.
ShapeMap inferShapes(const Model &model, const InferenceEngine *engine, JobContext &job);

} // namespace qs
