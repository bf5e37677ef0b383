// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/passes/passpipeline.h"

namespace qs {

/// Uniform in [low, high], the same for the same \a seed on every machine.
Tensor randomTensor(const Shape &shape, unsigned seed, float low = -1.F, float high = 1.F);

/// Random tensors for all inputs of \a model: floats in [-1, 1], integers within ValueInfo::indexLimit, or 0
/// and 1 where there is none. The unknown dimensions of each input become those in \a unknown, in order; the
/// last one is repeated.
std::vector<NamedTensor> randomInputs(const Model &model, unsigned seed,
                                      std::span<const std::int64_t> unknown);
std::vector<NamedTensor> randomInputs(const Model &model, unsigned seed, std::int64_t unknown = 2);

/// Runs \a model in ONNX Runtime without its graph optimizations; ends the test program with a message when
/// it fails.
std::vector<Tensor> runModel(const Model &model, std::span<const NamedTensor> inputs);

/// Largest absolute difference of all float outputs of the two models on the same random inputs.
double largestDifference(const Model &a, const Model &b, unsigned seed = 1);

/// Operators of \a model in topological order, e.g. "Conv Relu Add".
std::string operatorsOf(const Model &model);

/// Runs the one built-in pass \a id on \a model; ends the test program with a message when it fails.
PassResult runPass(const ModelPtr &model, const std::string &id, const Plan *plan = nullptr);

} // namespace qs
