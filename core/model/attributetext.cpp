// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/attributetext.h"

#include "core/tensor/tensor.h"

#include <onnx/onnx_pb.h>

#include <map>
#include <sstream>

namespace qs {
namespace {

constexpr int kLongestList = 16;
constexpr std::size_t kLongestText = 64;

std::string printable(const std::string &text)
{
    std::string result;
    for (const char c : text.substr(0, kLongestText))
        result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    return text.size() > kLongestText ? result + "..." : result;
}

std::string tensorText(const onnx::TensorProto &tensor)
{
    return std::string(toString(static_cast<DType>(tensor.data_type()))) + "["
        + toString(Shape(tensor.dims().begin(), tensor.dims().end())) + "]";
}

template <typename List> void writeList(std::ostream &out, const List &list)
{
    for (int i = 0; i < list.size() && i < kLongestList; ++i)
        out << (i > 0 ? "," : "") << list.Get(i);
    if (list.size() > kLongestList)
        out << ",...";
}

std::string valueText(const onnx::AttributeProto &attribute)
{
    using A = onnx::AttributeProto;
    std::ostringstream out;
    switch (attribute.type()) {
    case A::FLOAT:
        out << attribute.f();
        break;
    case A::INT:
        out << attribute.i();
        break;
    case A::STRING:
        out << printable(attribute.s());
        break;
    case A::TENSOR:
        out << tensorText(attribute.t());
        break;
    case A::GRAPH:
        out << "graph of " << attribute.g().node_size();
        break;
    case A::FLOATS:
        writeList(out, attribute.floats());
        break;
    case A::INTS:
        writeList(out, attribute.ints());
        break;
    case A::STRINGS:
        out << attribute.strings_size() << " texts";
        break;
    default:
        out << "...";
        break;
    }
    return out.str();
}

} // namespace

std::string attributesAsText(const onnx::NodeProto &node)
{
    std::map<std::string, std::string> sorted;
    for (const auto &attribute : node.attribute())
        sorted.emplace(printable(attribute.name()), valueText(attribute));
    std::string text;
    for (const auto &[name, value] : sorted)
        text += (text.empty() ? "" : " ") + name + "=" + value;
    return text;
}

} // namespace qs
