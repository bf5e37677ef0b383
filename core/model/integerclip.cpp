// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/integerclip.h"

#include "core/model/integerops.h"
#include "core/model/quantgrid.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

/// A scalar of \a type or, when that is not known yet, of any type of a grid, which \a type then is.
std::optional<std::int32_t> limitOf(const Model &model, const std::string &name, DType &type)
{
    if (name.empty())
        return std::nullopt;
    const auto constant = model.constant(name);
    if (!constant.ok() || !constant.value() || constant.value()->size() != 1
        || !isGridType(constant.value()->type()))
        return std::nullopt;
    if (type != DType::Undefined && type != constant.value()->type())
        return std::nullopt;
    type = constant.value()->type();
    return integerAt(*constant.value(), 0);
}

} // namespace

std::optional<IntegerClip> integerClipBehind(const Model &model, const std::string &value)
{
    const GraphView &graph = model.graph();
    const auto &uses = graph.uses(value);
    if (uses.size() != 1 || uses[0].input != 0 || graph.isGraphOutput(value))
        return std::nullopt;
    const onnx::NodeProto &node = graph.node(uses[0].node);
    if (!isOp(node, "Clip") || node.output_size() != 1)
        return std::nullopt;
    DType type = DType::Undefined;
    const auto low = limitOf(model, inputAt(node, 1), type);
    const auto high = limitOf(model, inputAt(node, 2), type);
    if (!low || !high || *low >= *high)
        return std::nullopt;
    return IntegerClip {uses[0].node, node.output(0), {*low, *high}};
}

} // namespace qs
