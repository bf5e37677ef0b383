// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "network.h"

#include <cmath>
#include <iostream>

namespace example {

namespace F = torch::nn::functional;

namespace {

std::string moduleName(std::string layerName)
{
    std::replace(layerName.begin(), layerName.end(), '/', '_');
    return layerName;
}

/// What the model's stored preprocessing ("unit") does: x / 255.
torch::Tensor toInput(const torch::Tensor &images)
{
    return images.to(torch::kFloat32) / 255.F;
}

} // namespace

NetworkImpl::NetworkImpl(std::vector<Layer> layers)
    : m_layers(std::move(layers))
{
    for (const Layer &layer : m_layers) {
        const std::string name = moduleName(layer.name);
        if (layer.op == Op::Conv) {
            const auto options = torch::nn::Conv2dOptions(layer.inChannels, layer.outChannels, layer.kernel)
                                     .stride(layer.stride)
                                     .padding(layer.kernel / 2)
                                     .groups(layer.groups)
                                     .bias(false);
            torch::nn::Conv2d conv = register_module(name, torch::nn::Conv2d(options));
            torch::nn::init::kaiming_normal_(conv->weight, 0., torch::kFanOut, torch::kReLU);
            m_modules.emplace(layer.name, conv);
        } else if (layer.op == Op::BatchNorm) {
            m_modules.emplace(layer.name, register_module(name, torch::nn::BatchNorm2d(layer.inChannels)));
        } else if (layer.op == Op::Gemm) {
            m_modules.emplace(layer.name,
                              register_module(name, torch::nn::Linear(layer.inChannels, layer.outChannels)));
        }
    }
}

torch::Tensor NetworkImpl::forward(const torch::Tensor &images)
{
    std::map<std::string, torch::Tensor> values {{kInputName, images}};
    torch::Tensor out;
    for (const Layer &layer : m_layers) {
        const torch::Tensor &in = values.at(layer.inputs.front());
        switch (layer.op) {
        case Op::Conv:
        case Op::BatchNorm:
        case Op::Gemm:
            out = m_modules.at(layer.name).forward(in);
            break;
        case Op::Relu:
            out = torch::relu(in);
            break;
        case Op::Relu6:
            out = torch::clamp(in, 0, 6);
            break;
        case Op::MaxPool:
            out = torch::max_pool2d(in, 2, 2);
            break;
        case Op::Add:
            out = in + values.at(layer.inputs.at(1));
            break;
        case Op::Concat:
            out = torch::cat({in, values.at(layer.inputs.at(1))}, 1);
            break;
        case Op::GlobalAveragePool:
            out = torch::mean(in, {2, 3}, true);
            break;
        case Op::Flatten:
            out = in.flatten(1);
            break;
        }
        values[layer.name] = out;
    }
    return out;
}

void train(Network &network, const torch::Tensor &images, const torch::Tensor &labels,
           const TrainingOptions &options)
{
    torch::optim::SGD optimizer(network->parameters(),
                                torch::optim::SGDOptions(options.learningRate)
                                    .momentum(0.9)
                                    .nesterov(true)
                                    .weight_decay(options.weightDecay));
    const std::int64_t count = images.size(0);
    const std::int64_t steps = count / options.batch * options.epochs;
    std::int64_t step = 0;
    network->train();
    for (int epoch = 0; epoch < options.epochs; ++epoch) {
        const torch::Tensor order = torch::randperm(count);
        double lossSum = 0;
        std::int64_t correct = 0;
        std::int64_t seen = 0;
        for (std::int64_t first = 0; first + options.batch <= count; first += options.batch, ++step) {
            const double rate = options.learningRate * 0.5
                * (1 + std::cos(M_PI * static_cast<double>(step) / static_cast<double>(steps)));
            static_cast<torch::optim::SGDOptions &>(optimizer.param_groups().front().options()).lr(rate);
            const torch::Tensor chosen = order.slice(0, first, first + options.batch);
            const torch::Tensor wanted = labels.index_select(0, chosen);
            const torch::Tensor logits = network->forward(toInput(images.index_select(0, chosen)));
            const torch::Tensor loss = F::cross_entropy(logits, wanted);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            lossSum += loss.item<double>();
            correct += logits.argmax(1).eq(wanted).sum().item<std::int64_t>();
            seen += options.batch;
        }
        std::cout << "epoch " << epoch + 1 << " of " << options.epochs << ": loss "
                  << lossSum * options.batch / static_cast<double>(seen) << ", training accuracy "
                  << 100. * static_cast<double>(correct) / static_cast<double>(seen) << " %" << std::endl;
    }
}

torch::Tensor predict(Network &network, const torch::Tensor &images)
{
    const torch::NoGradGuard noGradients;
    network->eval();
    std::vector<torch::Tensor> classes;
    for (const torch::Tensor &part : images.split(100)) {
        classes.push_back(network->forward(toInput(part)).argmax(1));
    }
    return torch::cat(classes);
}

} // namespace example
