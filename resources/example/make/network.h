// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layers.h"

#include <torch/torch.h>

namespace example {

/// The layers as a libtorch module: parameters and buffers are named "<layer>.weight" and so on, with "/" as
/// "_".
class NetworkImpl : public torch::nn::Module
{
public:
    explicit NetworkImpl(std::vector<Layer> layers);

    /// \a images: float32 [N,3,H,W]; returns logits [N,classes].
    torch::Tensor forward(const torch::Tensor &images);

    const std::vector<Layer> &layers() const { return m_layers; }
    /// The module of a layer that has parameters.
    template <typename Module> const Module &moduleOf(const std::string &layerName) const
    {
        return dynamic_cast<const Module &>(*m_modules.at(layerName).ptr());
    }

private:
    std::vector<Layer> m_layers;
    std::map<std::string, torch::nn::AnyModule> m_modules;
};
TORCH_MODULE(Network);

struct TrainingOptions
{
    int epochs = 15;
    int batch = 64;
    double learningRate = 0.1;
    double weightDecay = 5e-4;
};

/// Trains with SGD, Nesterov momentum and a cosine schedule. \a images: uint8 [N,3,H,W] RGB, \a labels: int64
/// [N].
void train(Network &network, const torch::Tensor &images, const torch::Tensor &labels,
           const TrainingOptions &options);

/// The predicted class of each picture, int64 [N].
torch::Tensor predict(Network &network, const torch::Tensor &images);

} // namespace example
