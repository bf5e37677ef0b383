// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/traingraph.h"

#include <ATen/ATen.h>

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace qs {

/// One call of an operator. Inputs that were left out are undefined tensors; integers (shapes, indices) are
/// int64 tensors.
struct TrainCall
{
    const TrainNode &node;
    std::span<const at::Tensor> inputs;
    std::int64_t opset;
    at::ScalarType floating; ///< what the model computes floats of any width in

    bool has(std::size_t input) const { return input < inputs.size() && inputs[input].defined(); }
    const at::Tensor &in(std::size_t input) const; ///< error when it was left out
    std::vector<std::int64_t> ints(std::size_t input) const; ///< elements of an integer input

    std::int64_t integer(const char *name, std::int64_t fallback) const;
    double real(const char *name, double fallback) const;
    std::string text(const char *name, const char *fallback) const;
    std::vector<std::int64_t> list(const char *name) const; ///< empty when it is not there
    std::vector<float> reals(const char *name) const; ///< empty when it is not there
    /// Integers that newer opsets take as input \a input and older ones as attribute \a name; empty when
    /// neither is there.
    std::vector<std::int64_t> intsOrList(std::size_t input, const char *name) const;
    /// Whether somebody may read output \a output.
    bool isWanted(std::size_t output) const;
    bool hasAttribute(const char *name) const { return node.attributes.contains(name); }
    /// \a axis counted from the front for a value of \a rank dimensions.
    static std::int64_t axisOf(std::int64_t axis, std::int64_t rank);
};

/// Computes an operator so that gradients pass through it. Throws c10::Error (TORCH_CHECK) with the reason
/// when it meets an attribute it cannot honour.
using TrainOpFunction = std::vector<at::Tensor> (*)(const TrainCall &call);
using TrainOps = std::unordered_map<std::string, TrainOpFunction>;

/// All operators of core/trainer/torch/*trainop.cpp, by ONNX's name.
const TrainOps &builtinTrainOps();

} // namespace qs
