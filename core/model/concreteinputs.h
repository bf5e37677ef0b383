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
/// A copy of \a model with these inputs and no other noted shapes, so that a runtime infers from them. Shares
/// the weights with \a model.
Result<ModelPtr> withInputs(const Model &model, const std::vector<ValueInfo> &inputs);
/// Gives \a graph the types of \a inputs and drops every other shape it notes: those may be of another batch
/// size and would contradict what is inferred.
void forgetShapes(onnx::GraphProto &graph, const std::vector<ValueInfo> &inputs);
bool hasOpenDimensions(const Model &model);

/// Data that any model takes: ones for floats and masks, zeros for other integers (token and index 0 exist).
/// Leaves out inputs that are no tensor of numbers or too large to be meant.
std::vector<NamedTensor> syntheticInputs(const std::vector<ValueInfo> &inputs);

} // namespace qs
