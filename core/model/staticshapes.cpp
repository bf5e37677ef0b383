// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/staticshapes.h"

#include "core/model/protocopy.h"
#include "core/model/tensorview.h"
#include "core/model/valueinfo.h"

#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>

namespace qs {
namespace {

// Inference reads the elements of shapes, axes, pads and the like only.
constexpr std::int64_t kLargestKept = 256;

bool knowsOpset(const Model &model)
{
    const auto &known = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
    const auto range = known.find(std::string());
    return range != known.end() && model.opset() >= 1 && model.opset() <= range->second.second;
}

/// A tensor for the inference to look at: with checked elements when it is small, else as a header.
void copyForInference(const onnx::TensorProto &from, const ExternalData *external, onnx::TensorProto &to)
{
    const Result<Shape> shape = checkedShape(from);
    if (shape.ok() && elementCount(*shape) <= kLargestKept) {
        if (const auto tensor = tensorFromProto(from, external); tensor.ok()) {
            to = tensorToProto(from.name(), *tensor);
            return;
        }
    }
    copyTensorHeader(from, to);
}

void copyNode(const onnx::NodeProto &from, const ExternalData *external, onnx::NodeProto &to)
{
    if (!isOp(from, "Constant")) {
        to = from;
        return;
    }
    copyFields(from, to, {onnx::NodeProto::kAttributeFieldNumber});
    for (const auto &attribute : from.attribute()) {
        onnx::AttributeProto &copy = *to.add_attribute();
        if (attribute.has_t()) {
            copyFields(attribute, copy, {onnx::AttributeProto::kTFieldNumber});
            copyForInference(attribute.t(), external, *copy.mutable_t());
        } else {
            copy = attribute;
        }
    }
}

onnx::ModelProto skeleton(const Model &model, const std::vector<ValueInfo> &inputs)
{
    using Graph = onnx::GraphProto;
    const onnx::GraphProto &from = model.proto().graph();
    const ExternalData *external = model.externalData().get();
    onnx::ModelProto copy;
    copyFields(model.proto(), copy, {onnx::ModelProto::kGraphFieldNumber});
    onnx::GraphProto &to = *copy.mutable_graph();
    // Shapes noted in the file may be of another batch size; they would contradict what is inferred.
    copyFields(from, to,
               {Graph::kNodeFieldNumber, Graph::kInitializerFieldNumber, Graph::kValueInfoFieldNumber});
    for (const auto &node : from.node())
        copyNode(node, external, *to.add_node());
    for (const auto &initializer : from.initializer())
        copyForInference(initializer, external, *to.add_initializer());
    for (auto &input : *to.mutable_input()) {
        const auto it = std::find_if(inputs.begin(), inputs.end(),
                                     [&](const ValueInfo &v) { return v.name == input.name(); });
        if (it != inputs.end() && it->hasShape)
            writeTensorType(it->type, it->shape, *input.mutable_type());
    }
    for (auto &output : *to.mutable_output()) {
        if (output.type().has_tensor_type())
            output.mutable_type()->mutable_tensor_type()->clear_shape();
    }
    return copy;
}

void collect(const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto> &infos, ShapeMap &shapes)
{
    for (const auto &proto : infos) {
        const ValueInfo info = readValueInfo(proto);
        if (info.hasShape)
            shapes[info.name] = {info.type, info.shape};
    }
}

} // namespace

ShapeMap inferStatically(const Model &model, const std::vector<ValueInfo> &inputs)
{
    ShapeMap shapes;
    if (!knowsOpset(model))
        return shapes;
    onnx::ModelProto proto = skeleton(model, inputs);
    try {
        // No type checks, errors of single nodes are passed over, and values that shapes are computed from
        // are followed.
        const onnx::ShapeInferenceOptions options {false, 0, true};
        onnx::shape_inference::InferShapes(proto, onnx::OpSchemaRegistry::Instance(), options);
    } catch (const std::exception &) {
        // What was inferred until then is in the message.
    }
    collect(proto.graph().value_info(), shapes);
    collect(proto.graph().output(), shapes);
    return shapes;
}

} // namespace qs
