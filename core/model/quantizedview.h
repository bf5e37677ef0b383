// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/integerops.h"
#include "core/model/model.h"
#include "core/tensor/quantmath.h"

#include <nlohmann/json_fwd.hpp>

namespace qs {

enum class Granularity { PerTensor, PerChannel, PerBlock };

/// A tensor that a model holds or makes as integers.
struct QuantizedTensor
{
    std::string name; ///< value that holds the integers
    std::string layer; ///< that reads the weight, or makes the activation
    OperandRole role = OperandRole::Data; ///< Weight, Bias or Data
    DType type = DType::Undefined; ///< Undefined where no element type has this many bits
    int bits = 0; ///< fewer than the type's where a Clip follows
    Shape shape; ///< of weights and biases; empty for activations
    Granularity granularity = Granularity::PerTensor;
    std::optional<std::int64_t> axis; ///< of scales for channels or blocks, counted from the front
    std::int64_t blockSize = 0;
    bool isDynamic = false; ///< scale and zero point are computed in every run
    std::vector<float> scales; ///< empty when dynamic or unreadable
    std::vector<std::int32_t> zeroPoints; ///< one for each scale, or one for all; empty = unknown
    Range range; ///< lowest and highest number that its integers can mean; {0, 0} when unknown

    bool operator==(const QuantizedTensor &) const = default;
};

/// What a node computes with.
struct QuantizedLayer
{
    std::string name; ///< GraphView::layerName
    std::string op;
    std::string precision; ///< "INT8", "W8A16", "W4", "INT8 dynamic"; empty = float
    std::vector<std::size_t>
        tensors; ///< positions in QuantizedView::tensors: of its result, weights and bias

    bool operator==(const QuantizedLayer &) const = default;
};

/// What a model holds in integers, whichever tool made it: pairs of QuantizeLinear and DequantizeLinear,
/// operators on integers, weights quantized alone, activations quantized while it runs.
struct QuantizedView
{
    std::vector<std::string>
        forms; ///< of "QDQ", "QOperator", "dynamic", "weight-only"; empty = a float model
    std::vector<QuantizedTensor> tensors; ///< in topological order of the nodes that use them
    std::vector<QuantizedLayer>
        layers; ///< nodes but QuantizeLinear, DequantizeLinear, Clip of integers and Constant, same order

    bool isQuantized() const { return !forms.empty(); }
    const QuantizedLayer *find(const std::string &layer) const;
    /// The grid of what \a layer makes; null when that is float or unknown.
    const QuantizedTensor *resultOf(const QuantizedLayer &layer) const;
};
using QuantizedViewPtr = std::shared_ptr<const QuantizedView>;

/// Reads parameters only, and never fails: what is damaged or computed is left out.
QuantizedView viewQuantized(const Model &model);

/// "weight", "bias", "activation"; "per tensor", "per channel", "per block".
const char *roleName(const QuantizedTensor &tensor);
const char *toString(Granularity granularity);

/// {forms, tensors:[{name, layer, role, type, bits, shape, granularity, axis, block_size, dynamic,
/// scale_count, scale_min, scale_max, zero_point_min, zero_point_max, range, scales, zero_points}],
/// layers:[{name, op, precision}]}; the two lists only up to 4096 scales.
nlohmann::json toJson(const QuantizedView &view);

} // namespace qs
