// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/textmodel.h"

#include <onnx/defs/parser.h>
#include <onnx/onnx_pb.h>

#include <QtGlobal>

#include <string>

namespace qs {

onnx::ModelProto protoFromText(const char *text)
{
    std::string source = text;
    const std::size_t start = source.find_first_not_of(" \t\r\n");
    if (start == std::string::npos || source[start] != '<')
        source = "<ir_version: 8, opset_import: [\"\" : 13]> " + source;
    onnx::ModelProto proto;
    onnx::OnnxParser parser(source.c_str());
    const auto status = parser.Parse(proto);
    if (!status.IsOK())
        qFatal("model text: %s", status.ErrorMessage().c_str());
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
