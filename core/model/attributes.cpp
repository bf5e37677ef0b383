// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphview.h"

#include <onnx/onnx_pb.h>

namespace qs {

const onnx::AttributeProto *findAttribute(const onnx::NodeProto &node, const std::string &name)
{
    for (const auto &attribute : node.attribute()) {
        if (attribute.name() == name)
            return &attribute;
    }
    return nullptr;
}

// Old IR versions may leave the type of an attribute out, and proto3 writers leave out a value that is 0, so
// either of the two says that the attribute is there.

std::int64_t intAttribute(const onnx::NodeProto &node, const std::string &name, std::int64_t fallback)
{
    const onnx::AttributeProto *attribute = findAttribute(node, name);
    return attribute && (attribute->has_i() || attribute->type() == onnx::AttributeProto::INT)
        ? attribute->i()
        : fallback;
}

float floatAttribute(const onnx::NodeProto &node, const std::string &name, float fallback)
{
    const onnx::AttributeProto *attribute = findAttribute(node, name);
    return attribute && (attribute->has_f() || attribute->type() == onnx::AttributeProto::FLOAT)
        ? attribute->f()
        : fallback;
}

std::string stringAttribute(const onnx::NodeProto &node, const std::string &name, const std::string &fallback)
{
    const onnx::AttributeProto *attribute = findAttribute(node, name);
    return attribute && (attribute->has_s() || attribute->type() == onnx::AttributeProto::STRING)
        ? attribute->s()
        : fallback;
}

std::vector<std::int64_t> intsAttribute(const onnx::NodeProto &node, const std::string &name)
{
    const onnx::AttributeProto *attribute = findAttribute(node, name);
    if (!attribute)
        return {};
    return {attribute->ints().begin(), attribute->ints().end()};
}

bool isOp(const onnx::NodeProto &node, const char *op)
{
    return node.op_type() == op && (node.domain().empty() || node.domain() == "ai.onnx");
}

} // namespace qs
