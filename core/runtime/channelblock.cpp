// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/channelblock.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

// Neither a multiple of 16 nor less than a block of it: the runtime fills it up to one, with zeros.
constexpr std::int64_t kChannels = 24;
constexpr std::int64_t kInputs = 3;
constexpr std::int64_t kSide = 8;
constexpr std::int64_t kIrVersion = 8;
constexpr std::int64_t kOpset = 13;

void declare(onnx::ValueInfoProto &value, const char *name, std::int64_t channels)
{
    value.set_name(name);
    auto &type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t size : {std::int64_t {1}, channels, kSide, kSide})
        type.mutable_shape()->add_dim()->set_dim_value(size);
}

/// y [1, 24, 8, 8] = Conv(x [1, 3, 8, 8], w [24, 3, 1, 1])
std::unique_ptr<onnx::ModelProto> convolution()
{
    auto proto = std::make_unique<onnx::ModelProto>();
    proto->set_ir_version(kIrVersion);
    proto->add_opset_import()->set_version(kOpset);
    onnx::GraphProto &graph = *proto->mutable_graph();
    graph.set_name("block");
    declare(*graph.add_input(), "x", kInputs);
    declare(*graph.add_output(), "y", kChannels);
    Tensor weights(DType::Float32, {kChannels, kInputs, 1, 1});
    *graph.add_initializer() = tensorToProto("w", weights);
    onnx::NodeProto &node = *graph.add_node();
    node.set_op_type("Conv");
    node.add_input("x");
    node.add_input("w");
    node.add_output("y");
    return proto;
}

std::int64_t readBlock(const InferenceEngine &engine)
{
    const auto model = Model::create(convolution());
    const auto optimized
        = model.ok() ? optimizedModel(engine, **model, Optimization::All) : Result<ModelPtr>(model.error());
    if (!optimized.ok())
        return 0;
    const GraphView &graph = (*optimized)->graph();
    for (const NodeId id : graph.topologicalOrder()) {
        const onnx::NodeProto &node = graph.node(id);
        const onnx::TensorProto *weights
            = node.domain() == "com.microsoft.nchwc" && node.op_type() == "Conv" && node.input_size() > 1
            ? graph.initializer(node.input(1))
            : nullptr;
        if (weights && weights->dims_size() > 0)
            return weights->dims(0) == kChannels ? 8 : 16;
    }
    return 0;
}

} // namespace

std::int64_t channelBlock(const InferenceEngine &engine)
{
    static const std::int64_t block = readBlock(engine);
    return block;
}

} // namespace qs
