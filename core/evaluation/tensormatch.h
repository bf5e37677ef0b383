// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphview.h"
#include "core/model/model.h"
#include "core/tensor/quantmath.h"

#include <functional>

namespace qs {

/// One value of the float model and what stands for it in the quantized one.
struct MatchedTensor
{
    std::string tensor; ///< in the float model
    std::string layer; ///< of the float model: the weighted node behind it, else its producer
    std::string op; ///< of that layer
    /// What to tap in the quantized model: the integers where it is quantized (a float value between an
    /// operator and its QuantizeLinear must not be looked at: the runtime would stop fusing there), else the
    /// float value of the same name.
    std::string value;
    bool isInteger = false;
    DType type = DType::Undefined; ///< of the integers
    QuantLimits limits; ///< of the integers
    ScaleZeroPoint params; ///< of the integers
    std::string scaleName; ///< the initializers that hold params; the zero point's may be empty
    std::string zeroPointName;
    std::vector<NodeId> quantizers; ///< QuantizeLinear nodes of the quantized model that make the integers
    std::vector<NodeId> clips; ///< Clip nodes between what makes the integers and their readers
    std::string quantizerInput; ///< float value they read; empty when the operator itself makes integers
    bool isQuantizedLayer = false; ///< integers, or a float value computed from quantized operands

    bool operator==(const MatchedTensor &) const = default;
};

/// Pairs the values of both models by name, in topological order of \a reference. A quantized value is known
/// by what its QuantizeLinear reads, by its DequantizeLinear's output or by its own name, each without the
/// suffixes exporters append ("_QuantizeLinear_Input", "_quantized", …). Graph inputs and constants are left
/// out, as are activations quantized per channel.
Result<std::vector<MatchedTensor>> matchTensors(const Model &reference, const Model &quantized);

/// The node of \a graph that \a tensor is attributed to: its producer, or further up through Relu, Clip,
/// BatchNormalization and the Add of a bias, the Conv, Gemm, MatMul or Add they belong to. Values for which
/// \a stopsAt says so are not passed.
std::optional<NodeId> layerOf(const Model &model, const std::string &tensor,
                              const std::function<bool(const std::string &)> &stopsAt);

} // namespace qs
