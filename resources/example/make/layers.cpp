// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers.h"

#include "shapepictures.h"

namespace example {

namespace {

class Builder
{
public:
    std::vector<Layer> layers;

    std::string add(Layer layer)
    {
        layers.push_back(std::move(layer));
        return layers.back().name;
    }

    struct ConvShape
    {
        int in;
        int out;
        int kernel = 1;
        int stride = 1;
        int groups = 1;
    };

    std::string convBn(const std::string &name, const std::string &input, const ConvShape &shape)
    {
        add({Op::Conv,
             name + "/conv",
             {input},
             shape.in,
             shape.out,
             shape.kernel,
             shape.stride,
             shape.groups});
        return add({Op::BatchNorm, name + "/bn", {name + "/conv"}, shape.out});
    }

    std::string convBnRelu(const std::string &name, const std::string &input, const ConvShape &shape,
                           Op relu = Op::Relu)
    {
        return add({relu, name + "/relu", {convBn(name, input, shape)}});
    }
};

} // namespace

std::vector<Layer> networkLayers()
{
    Builder net;
    std::string x = net.convBnRelu("stem", kInputName, {.in = 3, .out = 16, .kernel = 3, .stride = 2});

    x = net.convBnRelu("separable/depthwise", x, {.in = 16, .out = 16, .kernel = 3, .groups = 16}, Op::Relu6);
    x = net.convBnRelu("separable/pointwise", x, {.in = 16, .out = 32}, Op::Relu6);
    x = net.add({Op::MaxPool, "separable/pool", {x}});

    std::string branch = net.convBnRelu("residual/1", x, {.in = 32, .out = 32, .kernel = 3});
    branch = net.convBn("residual/2", branch, {.in = 32, .out = 32, .kernel = 3});
    x = net.add({Op::Add, "residual/add", {branch, x}});
    x = net.add({Op::Relu, "residual/relu", {x}});

    x = net.convBnRelu("fire/squeeze", x, {.in = 32, .out = 16});
    const std::string narrow = net.convBnRelu("fire/expand1x1", x, {.in = 16, .out = 32});
    const std::string wide = net.convBnRelu("fire/expand3x3", x, {.in = 16, .out = 32, .kernel = 3});
    x = net.add({Op::Concat, "fire/concat", {narrow, wide}});

    branch = net.convBnRelu("inverted/expand", x, {.in = 64, .out = 128}, Op::Relu6);
    branch = net.convBnRelu("inverted/depthwise", branch, {.in = 128, .out = 128, .kernel = 3, .groups = 128},
                            Op::Relu6);
    branch = net.convBn("inverted/project", branch, {.in = 128, .out = 64});
    x = net.add({Op::Add, "inverted/add", {branch, x}});

    x = net.convBnRelu("head", x, {.in = 64, .out = 96, .kernel = 3, .stride = 2});
    x = net.add({Op::GlobalAveragePool, "head/pool", {x}});
    x = net.add({Op::Flatten, "head/flatten", {x}});
    net.add({Op::Gemm, kOutputName, {x}, 96, kClasses});
    return std::move(net.layers);
}

} // namespace example
