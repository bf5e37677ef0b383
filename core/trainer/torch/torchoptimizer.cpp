// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/torchoptimizer.h"

#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>
#include <torch/serialize.h>

#include <sstream>

namespace qs {
namespace {

using torch::optim::OptimizerParamGroup;

/// Weight decay is for weights; biases and the like get none.
template <typename Options>
std::vector<OptimizerParamGroup> groupsOf(const TorchModel &model, const Options &plain, double decay)
{
    Options decayed = plain;
    decayed.weight_decay(decay);
    Options free = plain;
    free.weight_decay(0);
    std::vector<OptimizerParamGroup> groups;
    groups.emplace_back(model.weights(), std::make_unique<Options>(decayed));
    groups.emplace_back(model.biases(), std::make_unique<Options>(free));
    return groups;
}

std::unique_ptr<torch::optim::Optimizer> weightOptimizer(const TorchModel &model,
                                                         const OptimizerOptions &options)
{
    if (options.kind == OptimizerKind::AdamW) {
        const torch::optim::AdamWOptions plain(1e-3);
        return std::make_unique<torch::optim::AdamW>(groupsOf(model, plain, options.weightDecay), plain);
    }
    torch::optim::SGDOptions plain(1e-2);
    plain.momentum(options.momentum).nesterov(options.momentum > 0);
    return std::make_unique<torch::optim::SGD>(groupsOf(model, plain, options.weightDecay), plain);
}

std::unique_ptr<torch::optim::Optimizer> gridOptimizer(const std::vector<at::Tensor> &leaves)
{
    if (leaves.empty())
        return {};
    // A short memory of squares: few steps are made.
    return std::make_unique<torch::optim::Adam>(
        leaves, torch::optim::AdamOptions(1e-2).betas(std::make_tuple(0.9, 0.99)));
}

} // namespace

TorchOptimizer::TorchOptimizer(const TorchModel &model, const OptimizerOptions &options)
{
    m_parts[Weights] = weightOptimizer(model, options);
    if (options.learnGrids) {
        m_parts[Scales] = gridOptimizer(model.scales());
        m_parts[ZeroPoints] = gridOptimizer(model.zeroPoints());
    }
}

TorchOptimizer::~TorchOptimizer() = default;

void TorchOptimizer::step(const StepRates &rates)
{
    const double rate[PartCount] = {rates.weights, rates.scales, rates.zeroPoints};
    for (int part = 0; part < PartCount; ++part) {
        if (!m_parts[part])
            continue;
        for (OptimizerParamGroup &group : m_parts[part]->param_groups())
            group.options().set_lr(rate[part]);
        m_parts[part]->step();
    }
}

void TorchOptimizer::zeroGradients()
{
    for (const auto &part : m_parts) {
        if (part)
            part->zero_grad();
    }
}

std::string TorchOptimizer::save() const
{
    torch::serialize::OutputArchive all;
    for (int part = 0; part < PartCount; ++part) {
        if (!m_parts[part])
            continue;
        torch::serialize::OutputArchive one;
        m_parts[part]->save(one);
        all.write(std::to_string(part), one);
    }
    std::ostringstream stream;
    all.save_to(stream);
    return stream.str();
}

void TorchOptimizer::load(const std::string &state)
{
    std::istringstream stream(state);
    torch::serialize::InputArchive all;
    all.load_from(stream);
    for (int part = 0; part < PartCount; ++part) {
        if (!m_parts[part])
            continue;
        torch::serialize::InputArchive one;
        all.read(std::to_string(part), one);
        m_parts[part]->load(one);
    }
}

} // namespace qs
