// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/tinycnn.h"

#include "tests/support/imagewriter.h"

#include <onnx/onnx_pb.h>

#include <cstdlib>
#include <filesystem>
#include <random>

namespace qs::test {

namespace {

constexpr int kSide = 16;

class Builder
{
public:
    Builder()
    {
        m_proto->set_ir_version(8);
        m_proto->add_opset_import()->set_version(13);
        m_proto->mutable_graph()->set_name("tiny");
    }

    void value(onnx::ValueInfoProto &info, const char *name, const std::vector<std::int64_t> &shape)
    {
        info.set_name(name);
        auto *type = info.mutable_type()->mutable_tensor_type();
        type->set_elem_type(onnx::TensorProto::FLOAT);
        type->mutable_shape()->add_dim()->set_dim_param("N");
        for (const std::int64_t size : shape)
            type->mutable_shape()->add_dim()->set_dim_value(size);
    }

    void constant(const std::string &name, const Shape &shape, const std::vector<float> &values)
    {
        *m_proto->mutable_graph()->add_initializer() = tensorToProto(name, Tensor::fromFloats(shape, values));
    }

    onnx::NodeProto &node(const char *op, const char *name, std::initializer_list<const char *> inputs,
                          const char *output)
    {
        onnx::NodeProto &added = *m_proto->mutable_graph()->add_node();
        added.set_op_type(op);
        added.set_name(name);
        for (const char *input : inputs)
            added.add_input(input);
        added.add_output(output);
        return added;
    }

    void conv(const char *name, const char *input, const char *weight, const char *output)
    {
        onnx::NodeProto &added = node("Conv", name, {input, weight}, output);
        onnx::AttributeProto &pads = *added.add_attribute();
        pads.set_name("pads");
        pads.set_type(onnx::AttributeProto::INTS);
        for (int i = 0; i < 4; ++i)
            pads.add_ints(1);
    }

    std::vector<float> noise(std::size_t count, float amplitude)
    {
        std::vector<float> values(count);
        for (float &v : values)
            v = amplitude * (static_cast<float>(m_random() % 2001) / 1000.F - 1.F);
        return values;
    }

    std::unique_ptr<onnx::ModelProto> m_proto = std::make_unique<onnx::ModelProto>();
    std::minstd_rand m_random {7};
};

}

ModelPtr makeTinyCnn()
{
    Builder b;
    onnx::GraphProto &graph = *b.m_proto->mutable_graph();
    b.value(*graph.add_input(), "image", {3, kSide, kSide});
    b.value(*graph.add_output(), "scores", {3});

    // Channels 0..2 of each convolution carry red, green and blue through; the rest is noise.
    std::vector<float> w1 = b.noise(std::size_t {6} * 3 * 9, 0.05F);
    for (std::size_t c = 0; c < 3; ++c)
        w1[c * 27 + c * 9 + 4] += 1.F;
    std::vector<float> w2 = b.noise(std::size_t {6} * 6 * 9, 0.05F);
    for (std::size_t c = 0; c < 3; ++c)
        w2[c * 54 + c * 9 + 4] += 1.F;
    std::vector<float> w3 = b.noise(std::size_t {3} * 6, 0.05F);
    for (std::size_t c = 0; c < 3; ++c)
        w3[c * 6 + c] += 1.F;
    b.constant("conv1.weight", {6, 3, 3, 3}, w1);
    b.constant("bn1.scale", {6}, {1.F, 1.1F, 0.9F, 1.F, 0.5F, 2.F});
    b.constant("bn1.shift", {6}, {0.F, 0.01F, 0.02F, 0.1F, -0.1F, 0.F});
    b.constant("bn1.mean", {6}, {0.F, 0.F, 0.01F, 0.F, 0.F, 0.F});
    b.constant("bn1.var", {6}, {1.F, 1.2F, 0.8F, 1.F, 1.F, 1.F});
    b.constant("conv2.weight", {6, 6, 3, 3}, w2);
    b.constant("fc.weight", {3, 6}, w3);
    b.constant("fc.bias", {3}, {0.F, 0.F, 0.F});

    b.conv("conv1", "image", "conv1.weight", "conv1_out");
    b.node("BatchNormalization", "bn1", {"conv1_out", "bn1.scale", "bn1.shift", "bn1.mean", "bn1.var"},
           "bn1_out");
    b.node("Relu", "relu1", {"bn1_out"}, "relu1_out");
    b.conv("conv2", "relu1_out", "conv2.weight", "conv2_out");
    b.node("Relu", "relu2", {"conv2_out"}, "relu2_out");
    b.node("GlobalAveragePool", "pool", {"relu2_out"}, "pool_out");
    b.node("Flatten", "flatten", {"pool_out"}, "flat");
    onnx::AttributeProto &transposed
        = *b.node("Gemm", "fc", {"flat", "fc.weight", "fc.bias"}, "scores").add_attribute();
    transposed.set_name("transB");
    transposed.set_type(onnx::AttributeProto::INT);
    transposed.set_i(1);

    auto model = Model::create(std::move(b.m_proto));
    if (!model.ok())
        std::abort();
    return std::move(model).value();
}

void writePictures(const std::string &folder, int each)
{
    std::minstd_rand random(11);
    const char *names[] = {"0_red", "1_green", "2_blue"};
    for (int c = 0; c < 3; ++c) {
        const std::filesystem::path place = std::filesystem::path(folder) / names[c];
        std::filesystem::create_directories(place);
        for (int n = 0; n < each; ++n) {
            Image image = makeImage(kSide, kSide, 3);
            for (std::size_t i = 0; i < image.pixels.size(); ++i) {
                const bool main = static_cast<int>(i % 3) == c;
                image.pixels[i] = static_cast<std::uint8_t>((main ? 150 : 20) + random() % 90);
            }
            writeBytes((place / (std::to_string(n) + ".png")).string(), makePng(image));
        }
    }
}

} // namespace qs::test
