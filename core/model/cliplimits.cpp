// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/cliplimits.h"

#include "core/model/graphview.h"

#include <onnx/onnx_pb.h>

#include <limits>

namespace qs {
namespace {

constexpr float kAll = std::numeric_limits<float>::infinity();

std::optional<float> limitAt(const onnx::NodeProto &node, int input, const char *attribute, float fallback,
                             const ConstantLookup &constantOf)
{
    if (findAttribute(node, attribute))
        return floatAttribute(node, attribute, fallback);
    if (node.input_size() <= input || node.input(input).empty())
        return fallback;
    const auto constant = constantOf(node.input(input));
    if (!constant.ok() || !constant.value() || constant.value()->size() != 1)
        return std::nullopt;
    const auto value = toFloat32(**constant);
    return value.ok() ? std::optional<float>(value->floats()[0]) : std::nullopt;
}

} // namespace

std::optional<Range> clippingLimits(const onnx::NodeProto &node, const ConstantLookup &constantOf)
{
    if (isOp(node, "Relu"))
        return Range {0.F, kAll};
    if (!isOp(node, "Clip"))
        return std::nullopt;
    const auto low = limitAt(node, 1, "min", -kAll, constantOf);
    const auto high = limitAt(node, 2, "max", kAll, constantOf);
    return low && high ? std::optional<Range>({*low, *high}) : std::nullopt;
}

} // namespace qs
