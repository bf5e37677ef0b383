// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/torch/torchmodel.h"

#include <memory>

namespace torch::optim {
class Optimizer;
}

namespace qs {

/// SGD or AdamW for the weights, Adam for scales and zero points, whose gradients differ by orders of
/// magnitude from grid to grid (Jain et al. 2019, section 4.3).
class TorchOptimizer
{
public:
    TorchOptimizer(const TorchModel &model, const OptimizerOptions &options);
    ~TorchOptimizer();

    void step(const StepRates &rates);
    void zeroGradients();
    std::string save() const;
    void load(const std::string &state);

private:
    enum Part { Weights, Scales, ZeroPoints, PartCount };
    std::unique_ptr<torch::optim::Optimizer> m_parts[PartCount]; ///< null where there is nothing to learn
};

} // namespace qs
