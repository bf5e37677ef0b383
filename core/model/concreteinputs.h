// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphview.h"
#include "core/model/model.h"

namespace qs {

/// What to take for input dimensions that a model leaves open.
struct OpenDimensions
{
    std::int64_t spatial = 224; ///< height and width of images; a multiple of 32, as most networks need
    std::int64_t length = 16; ///< sequences and everything else
};

/// The inputs of \a model with every open dimension set: 1 for the batch (the first dimension, or a symbol
/// that says so), 0 for a cache of past tokens, 3 for open channels of an image, else by \a open. A symbol
/// gets the same number wherever it stands.
std::vector<ValueInfo> concreteInputs(const Model &model, const OpenDimensions &open);
bool hasOpenDimensions(const Model &model);

/// A copy of \a model for a runtime to infer shapes from: it has these inputs and no other noted shapes
/// (those may be of another batch size and would contradict what is inferred), and its weights are inputs of
/// their type and shape, so that nobody copies them.
Result<ModelPtr> skeletonForInference(const Model &model, const std::vector<ValueInfo> &inputs);

/// Data that any model takes: ones for floats and masks, zeros for other integers (token and index 0 exist).
/// Leaves out inputs that are no tensor of numbers or too large to be meant.
std::vector<NamedTensor> syntheticInputs(const std::vector<ValueInfo> &inputs);

} // namespace qs
