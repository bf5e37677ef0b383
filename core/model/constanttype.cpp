// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/constanttype.h"

#include "core/model/graphview.h"
#include "core/model/tensorview.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

std::optional<TensorType> typeOf(const onnx::TensorProto &tensor)
{
    Result<Shape> shape = checkedShape(tensor);
    if (!shape.ok())
        return std::nullopt;
    return TensorType {static_cast<DType>(tensor.data_type()), std::move(*shape)};
}

} // namespace

std::optional<TensorType> constantType(const Model &model, const std::string &name)
{
    const GraphView &graph = model.graph();
    if (const onnx::TensorProto *tensor = graph.initializer(name))
        return typeOf(*tensor);
    const std::optional<NodeId> producer = graph.producer(name);
    if (!producer || !isOp(graph.node(*producer), "Constant"))
        return std::nullopt;
    const onnx::AttributeProto *value = findAttribute(graph.node(*producer), "value");
    if (value && value->has_t())
        return typeOf(value->t());
    const auto tensor = model.constant(name);
    if (!tensor.ok() || !*tensor)
        return std::nullopt;
    return TensorType {(*tensor)->type(), (*tensor)->shape()};
}

} // namespace qs
