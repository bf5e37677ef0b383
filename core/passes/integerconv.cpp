// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/integerconv.h"

#include "core/passes/opsetedits.h"
#include "core/plan/channelpadding.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

/// The DequantizeLinear that makes \a value.
std::optional<NodeId> dequantizer(const GraphEdit &edit, const std::string &value)
{
    const auto producer = edit.producer(value);
    return producer && isOp(edit.node(*producer), "DequantizeLinear") ? producer : std::nullopt;
}

bool isReadOnce(const GraphEdit &edit, const std::string &value)
{
    return edit.uses(value).size() == 1 && !edit.isGraphOutput(value);
}

/// Null when \a dequantize does not read a constant of \a type, or one off zero.
Result<std::optional<Tensor>> centredIntegers(const GraphEdit &edit, NodeId dequantize, DType type)
{
    const onnx::NodeProto &node = edit.node(dequantize);
    QS_TRY(const std::optional<Tensor> integers, edit.constant(node.input(0)));
    if (!integers || integers->type() != type)
        return std::optional<Tensor>();
    if (node.input_size() > 2 && !node.input(2).empty()) {
        QS_TRY(const std::optional<Tensor> zero, edit.constant(node.input(2)));
        const auto isZero = [](std::byte b) { return b == std::byte {}; };
        if (!zero || !std::ranges::all_of(zero->bytes(), isZero))
            return std::optional<Tensor>();
    }
    return integers;
}

/// Lets input \a input of \a dequantize read \a tensor under a name of its own.
void replaceConstant(GraphEdit &edit, NodeId dequantize, int input, const Tensor &tensor)
{
    const std::string name = edit.uniqueName(edit.node(dequantize).input(input) + "_padded");
    edit.setInitializer(name, tensor);
    edit.setInput(dequantize, input, name);
}

/// \a tensor with its last element repeated up to \a wanted.
Tensor repeatedLast(const Tensor &tensor, std::int64_t wanted)
{
    Tensor result = resizedAlong(tensor, 0, wanted);
    const std::size_t width = tensor.byteSize() / tensor.size();
    const std::span<std::byte> bytes = result.mutableBytes();
    for (std::size_t at = tensor.byteSize(); at < bytes.size(); ++at)
        bytes[at] = bytes[at - width];
    return result;
}

/// A channel of zeros may be on any grid: it gets the last one's, which keeps the scale of a bias the
/// product of two others.
Status padGrid(GraphEdit &edit, NodeId dequantize, std::int64_t channels, std::int64_t wanted)
{
    for (int i = 1; i < edit.node(dequantize).input_size(); ++i) {
        QS_TRY(const std::optional<Tensor> values, edit.constant(edit.node(dequantize).input(i)));
        if (values && values->shape() == Shape {channels})
            replaceConstant(edit, dequantize, i, repeatedLast(*values, wanted));
    }
    return Done {};
}

Status padIntegers(GraphEdit &edit, NodeId dequantize, std::size_t axis, std::int64_t wanted)
{
    QS_TRY(const std::optional<Tensor> integers, edit.constant(edit.node(dequantize).input(0)));
    assert(integers);
    replaceConstant(edit, dequantize, 0, resizedAlong(*integers, axis, wanted));
    return Done {};
}

} // namespace

Result<std::optional<IntegerConv>> readIntegerConv(const GraphEdit &edit, NodeId id)
{
    const std::optional<IntegerConv> none;
    const onnx::NodeProto &node = edit.node(id);
    if (!isOp(node, "Conv"))
        return none;
    IntegerConv conv;
    conv.node = id;
    const auto data = dequantizer(edit, node.input(0));
    const auto weight = dequantizer(edit, node.input(1));
    if (!data || !weight || !isReadOnce(edit, node.input(1)))
        return none;
    conv.data = *data;
    conv.weight = *weight;
    QS_TRY(const std::optional<Tensor> weights, centredIntegers(edit, *weight, DType::Int8));
    if (!weights || weights->size() == 0 || weights->shape().size() < 3)
        return none;
    conv.weightShape = weights->shape();
    conv.groups = intAttribute(node, "group", 1);
    if (node.input_size() > 2 && !node.input(2).empty()) {
        conv.bias = dequantizer(edit, node.input(2));
        if (!conv.bias || !isReadOnce(edit, node.input(2)))
            return none;
        QS_TRY(const std::optional<Tensor> bias, centredIntegers(edit, *conv.bias, DType::Int32));
        if (!bias || bias->shape() != Shape {conv.outputs()})
            return none;
    }
    return std::optional(conv);
}

Status padInputs(GraphEdit &edit, const IntegerConv &conv, std::int64_t wanted)
{
    assert(conv.groups == 1);
    return padIntegers(edit, conv.weight, 1, wanted);
}

Status padOutputs(GraphEdit &edit, const IntegerConv &conv, std::int64_t wanted)
{
    QS_CHECK(padIntegers(edit, conv.weight, 0, wanted));
    QS_CHECK(padGrid(edit, conv.weight, conv.outputs(), wanted));
    if (conv.bias) {
        QS_CHECK(padIntegers(edit, *conv.bias, 0, wanted));
        QS_CHECK(padGrid(edit, *conv.bias, conv.outputs(), wanted));
    }
    if (conv.isDepthwise())
        setAttribute(edit.mutableNode(conv.node), "group", wanted);
    edit.removeValueInfo(edit.node(conv.node).output(0));
    return Done {};
}

} // namespace qs
