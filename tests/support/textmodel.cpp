// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/textmodel.h"

#include <onnx/defs/parser.h>
#include <onnx/onnx_pb.h>

#include <QtGlobal>

#include <algorithm>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <string>

namespace qs {
namespace {

onnx::TensorProto filledTensor(const onnx::ValueInfoProto &info)
{
    const auto &type = info.type().tensor_type();
    onnx::TensorProto tensor;
    tensor.set_name(info.name());
    tensor.set_data_type(type.elem_type());
    std::int64_t count = 1;
    for (const auto &dim : type.shape().dim()) {
        tensor.add_dims(dim.dim_value());
        count *= dim.dim_value();
    }
    std::minstd_rand generator(static_cast<unsigned>(std::hash<std::string> {}(info.name())));
    for (std::int64_t i = 0; i < count; ++i) {
        const auto number = static_cast<int>(generator() % 101) - 50;
        if (type.elem_type() == onnx::TensorProto::FLOAT)
            tensor.add_float_data(static_cast<float>(number) / 50);
        else if (type.elem_type() == onnx::TensorProto::INT64)
            tensor.add_int64_data(number);
        else
            tensor.add_int32_data(type.elem_type() == onnx::TensorProto::UINT8 ? number + 50 : number);
    }
    return tensor;
}

/// The parser notes a tensor without content as the type of a value; no node makes such a value.
void fillOpenTensors(onnx::GraphProto &graph)
{
    std::set<std::string> made;
    for (auto &node : *graph.mutable_node()) {
        made.insert(node.output().begin(), node.output().end());
        for (auto &attribute : *node.mutable_attribute()) {
            if (attribute.has_g())
                fillOpenTensors(*attribute.mutable_g());
        }
    }
    auto &infos = *graph.mutable_value_info();
    for (const auto &info : infos) {
        if (made.count(info.name()) == 0)
            *graph.add_initializer() = filledTensor(info);
    }
    infos.erase(std::remove_if(infos.begin(), infos.end(),
                               [&](const auto &info) { return made.count(info.name()) == 0; }),
                infos.end());
}

/// Takes the node names "[name]" off \a text; they are given back by the first output of each node.
std::map<std::string, std::string> takeNames(std::string &text)
{
    static const std::regex kLabel(R"(([\s{])\[([A-Za-z_]\w*)\]\s*(\w+))");
    std::map<std::string, std::string> names;
    for (std::sregex_iterator it(text.begin(), text.end(), kLabel), end; it != end; ++it)
        names[(*it)[3]] = (*it)[2];
    text = std::regex_replace(text, kLabel, "$1$3");
    return names;
}

} // namespace

onnx::ModelProto protoFromText(const char *text)
{
    std::string source = text;
    const std::size_t start = source.find_first_not_of(" \t\r\n");
    if (start == std::string::npos || source[start] != '<')
        source = "<ir_version: 8, opset_import: [\"\" : 13]> " + source;
    const std::map<std::string, std::string> names = takeNames(source);
    onnx::ModelProto proto;
    onnx::OnnxParser parser(source.c_str());
    const auto status = parser.Parse(proto);
    if (!status.IsOK())
        qFatal("model text: %s", status.ErrorMessage().c_str());
    fillOpenTensors(*proto.mutable_graph());
    for (auto &node : *proto.mutable_graph()->mutable_node()) {
        if (const auto it = names.find(node.output_size() > 0 ? node.output(0) : ""); it != names.end())
            node.set_name(it->second);
    }
    return proto;
}

ModelPtr modelFromText(const char *text)
{
    auto model = Model::create(std::make_unique<onnx::ModelProto>(protoFromText(text)));
    if (!model.ok())
        qFatal("model text: %s", model.error().message().c_str());
    return *model;
}

} // namespace qs
