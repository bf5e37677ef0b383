// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "onnxexport.h"

#include "shapepictures.h"

namespace example {

namespace {

class Exporter
{
public:
    explicit Exporter(onnx::GraphProto &graph)
        : m_graph(graph)
    { }

    void addInitializer(const std::string &name, const torch::Tensor &values)
    {
        const torch::Tensor flat = values.detach().to(torch::kFloat32).contiguous();
        onnx::TensorProto &tensor = *m_graph.add_initializer();
        tensor.set_name(name);
        tensor.set_data_type(onnx::TensorProto::FLOAT);
        for (const std::int64_t dim : flat.sizes()) {
            tensor.add_dims(dim);
        }
        tensor.set_raw_data(flat.data_ptr<float>(), static_cast<std::size_t>(flat.numel()) * sizeof(float));
    }

    onnx::NodeProto &addNode(const std::string &op, const Layer &layer)
    {
        onnx::NodeProto &node = *m_graph.add_node();
        node.set_op_type(op);
        node.set_name(layer.name);
        for (const std::string &input : layer.inputs) {
            node.add_input(input);
        }
        node.add_output(layer.name);
        return node;
    }

    /// Stores a parameter of the node's layer and makes it the node's next input.
    void addParameter(onnx::NodeProto &node, const std::string &what, const torch::Tensor &values)
    {
        addInitializer(node.name() + "." + what, values);
        node.add_input(node.name() + "." + what);
    }

private:
    onnx::GraphProto &m_graph;
};

void setInts(onnx::NodeProto &node, const std::string &name, std::initializer_list<std::int64_t> values)
{
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) {
        attribute.add_ints(value);
    }
}

void setInt(onnx::NodeProto &node, const std::string &name, std::int64_t value)
{
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
}

void setFloat(onnx::NodeProto &node, const std::string &name, float value)
{
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(value);
}

void exportConv(Exporter &exporter, const Layer &layer, const torch::nn::Conv2dImpl &conv)
{
    onnx::NodeProto &node = exporter.addNode("Conv", layer);
    exporter.addParameter(node, "weight", conv.weight);
    const std::int64_t pad = layer.kernel / 2;
    setInts(node, "kernel_shape", {layer.kernel, layer.kernel});
    setInts(node, "strides", {layer.stride, layer.stride});
    setInts(node, "pads", {pad, pad, pad, pad});
    setInts(node, "dilations", {1, 1});
    setInt(node, "group", layer.groups);
}

void exportBatchNorm(Exporter &exporter, const Layer &layer, const torch::nn::BatchNorm2dImpl &norm)
{
    onnx::NodeProto &node = exporter.addNode("BatchNormalization", layer);
    exporter.addParameter(node, "scale", norm.weight);
    exporter.addParameter(node, "bias", norm.bias);
    exporter.addParameter(node, "mean", norm.running_mean);
    exporter.addParameter(node, "variance", norm.running_var);
    setFloat(node, "epsilon", static_cast<float>(norm.options.eps()));
}

void exportGemm(Exporter &exporter, const Layer &layer, const torch::nn::LinearImpl &linear)
{
    onnx::NodeProto &node = exporter.addNode("Gemm", layer);
    exporter.addParameter(node, "weight", linear.weight);
    exporter.addParameter(node, "bias", linear.bias);
    setInt(node, "transB", 1);
}

void exportLayer(Exporter &exporter, const Layer &layer, const Network &network)
{
    switch (layer.op) {
    case Op::Conv:
        exportConv(exporter, layer, network->moduleOf<torch::nn::Conv2dImpl>(layer.name));
        break;
    case Op::BatchNorm:
        exportBatchNorm(exporter, layer, network->moduleOf<torch::nn::BatchNorm2dImpl>(layer.name));
        break;
    case Op::Gemm:
        exportGemm(exporter, layer, network->moduleOf<torch::nn::LinearImpl>(layer.name));
        break;
    case Op::Relu:
        exporter.addNode("Relu", layer);
        break;
    case Op::Relu6: {
        onnx::NodeProto &node = exporter.addNode("Clip", layer);
        node.add_input("relu6.min");
        node.add_input("relu6.max");
        break;
    }
    case Op::MaxPool: {
        onnx::NodeProto &node = exporter.addNode("MaxPool", layer);
        setInts(node, "kernel_shape", {2, 2});
        setInts(node, "strides", {2, 2});
        break;
    }
    case Op::Add:
        exporter.addNode("Add", layer);
        break;
    case Op::Concat:
        setInt(exporter.addNode("Concat", layer), "axis", 1);
        break;
    case Op::GlobalAveragePool:
        exporter.addNode("GlobalAveragePool", layer);
        break;
    case Op::Flatten:
        setInt(exporter.addNode("Flatten", layer), "axis", 1);
        break;
    }
}

void describeValue(onnx::ValueInfoProto &value, const std::string &name,
                   std::initializer_list<std::int64_t> sizes)
{
    value.set_name(name);
    onnx::TypeProto::Tensor &type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param("N");
    for (const std::int64_t size : sizes) {
        type.mutable_shape()->add_dim()->set_dim_value(size);
    }
}

} // namespace

onnx::ModelProto toOnnx(const Network &network)
{
    onnx::ModelProto model;
    model.set_ir_version(7);
    model.set_producer_name("quantization-studio make-example");
    model.set_doc_string("Tells ten shapes apart in 48 x 48 pictures; the example of Quantization Studio.");
    onnx::OperatorSetIdProto &opset = *model.add_opset_import();
    opset.set_domain("");
    opset.set_version(13);

    onnx::GraphProto &graph = *model.mutable_graph();
    graph.set_name("shapes");
    describeValue(*graph.add_input(), kInputName, {3, kPictureSize, kPictureSize});
    describeValue(*graph.add_output(), kOutputName, {kClasses});
    Exporter exporter(graph);
    exporter.addInitializer("relu6.min", torch::tensor(0.F));
    exporter.addInitializer("relu6.max", torch::tensor(6.F));
    for (const Layer &layer : network->layers()) {
        exportLayer(exporter, layer, network);
    }
    return model;
}

} // namespace example
