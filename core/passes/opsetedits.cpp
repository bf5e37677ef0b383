// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/opsetedits.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

onnx::AttributeProto &newAttribute(onnx::NodeProto &node, const std::string &name,
                                   onnx::AttributeProto::AttributeType type)
{
    eraseAttribute(node, name);
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(type);
    return attribute;
}

} // namespace

void eraseAttribute(onnx::NodeProto &node, const std::string &name)
{
    auto *attributes = node.mutable_attribute();
    for (int i = attributes->size() - 1; i >= 0; --i) {
        if (attributes->Get(i).name() == name)
            attributes->DeleteSubrange(i, 1);
    }
}

void setAttribute(onnx::NodeProto &node, const std::string &name, std::int64_t value)
{
    newAttribute(node, name, onnx::AttributeProto::INT).set_i(value);
}

void setAttribute(onnx::NodeProto &node, const std::string &name, const std::string &value)
{
    newAttribute(node, name, onnx::AttributeProto::STRING).set_s(value);
}

std::string addInts(GraphEdit &edit, const std::string &base, const std::vector<std::int64_t> &values)
{
    const std::string name = edit.uniqueName(base);
    edit.setInitializer(
        name,
        Tensor::fromValues<std::int64_t>(DType::Int64, {static_cast<std::int64_t>(values.size())}, values));
    return name;
}

void intsToInput(GraphEdit &edit, NodeId id, const std::string &attribute, int input)
{
    const onnx::NodeProto &node = edit.node(id);
    if (!findAttribute(node, attribute))
        return;
    const std::string name = addInts(edit, node.output(0) + "_" + attribute, intsAttribute(node, attribute));
    edit.setInput(id, input, name);
    eraseAttribute(edit.mutableNode(id), attribute);
}

} // namespace qs
