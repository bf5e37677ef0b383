// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/plan/plan.h"
#include "core/tensor/tensor.h"

namespace qs {

/// Channels of \a weight whose values are 0, or too small to matter beside any bias, take a scale that is
/// finer than every bias asks for instead of chooseScale()'s 1.
void refineDeadChannels(TensorPlan &weight);

/// Makes the scales of \a weight coarse enough that \a bias (float32, one number a channel or one for all)
/// fits in 32 bits on the grid \a inputScale * scale[c] (onnxruntime PR 22020). Returns how many channels
/// lost resolution by it, dead ones not counted. Scales only grow, so all layers that read a weight can ask
/// in turn; the biases themselves are planned after the last one.
int widenForBias(TensorPlan &weight, const Tensor &bias, float inputScale);

/// The plan of \a bias, called \a name: int32, s_b[c] = \a inputScale * s_w[c], zero point 0 (ONNX
/// QLinearConv). The product is float32, as kernels work it out.
TensorPlan planBias(const std::string &name, const Tensor &bias, const TensorPlan &weight, float inputScale);

} // namespace qs
