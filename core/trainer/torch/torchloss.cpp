// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/torchloss.h"

namespace qs {
namespace {

/// Keeps logarithms of probabilities, and divisions by variances, finite.
constexpr double kTiny = 1e-12;

/// Scores as [rows, classes]: the last axis that is not 1 wide is that of the classes.
at::Tensor rowsOf(const at::Tensor &scores)
{
    at::Tensor flat = scores;
    while (flat.dim() > 2 && flat.size(-1) == 1)
        flat = flat.squeeze(-1);
    return flat.reshape({-1, flat.size(-1)});
}

at::Tensor logProbabilities(const at::Tensor &scores, const LossSpec &spec, double temperature)
{
    const at::Tensor rows = rowsOf(scores);
    const at::Tensor logits = spec.probabilities ? rows.clamp_min(kTiny).log() : rows;
    return (logits / temperature).log_softmax(1);
}

/// Mean squared error over the variance of the target, so that layers of every size count alike.
at::Tensor relativeError(const at::Tensor &value, const at::Tensor &target)
{
    return (value - target).square().mean() / (target.var(false) + kTiny);
}

at::Tensor distillation(const LossSpec &spec, const at::Tensor &scores, const at::Tensor &teacher)
{
    if (!spec.classes)
        return relativeError(scores, teacher);
    const at::Tensor student = logProbabilities(scores, spec, spec.temperature);
    const at::Tensor target = logProbabilities(teacher, spec, spec.temperature);
    const at::Tensor divergence = (target.exp() * (target - student)).sum(1).mean();
    return divergence * (spec.temperature * spec.temperature);
}

} // namespace

TorchLoss computeLoss(const LossSpec &spec, const std::vector<at::Tensor> &outputs,
                      const std::vector<at::Tensor> &teacher, std::span<const std::int64_t> labels)
{
    TorchLoss loss;
    loss.value = at::zeros({}, outputs[0].options());
    loss.result.rows = outputs[0].dim() > 0 ? outputs[0].size(0) : 1;
    if (!labels.empty() && spec.classes) {
        const at::Tensor scores = logProbabilities(outputs[0], spec, 1);
        TORCH_CHECK(scores.size(0) == static_cast<std::int64_t>(labels.size()), "the model gives ",
                    scores.size(0), " rows of scores for ", labels.size(), " labels");
        at::Tensor wanted = at::empty({scores.size(0)}, at::kLong);
        std::copy(labels.begin(), labels.end(), wanted.data_ptr<std::int64_t>());
        TORCH_CHECK(wanted.min().item<std::int64_t>() >= 0
                        && wanted.max().item<std::int64_t>() < scores.size(1),
                    "a label lies outside the model's ", scores.size(1), " classes");
        loss.result.right = (scores.argmax(1) == wanted).sum().item<std::int64_t>();
        if (spec.labels > 0)
            loss.value = loss.value + spec.labels * at::nll_loss(scores, wanted);
    }
    if (!teacher.empty() && spec.distillation > 0)
        loss.value = loss.value + spec.distillation * distillation(spec, outputs[0], teacher[0]);
    for (std::size_t i = 1; i < std::min(outputs.size(), teacher.size()); ++i)
        loss.value = loss.value + spec.layerWeight * relativeError(outputs[i], teacher[i]);
    loss.result.loss = loss.value.item<double>();
    return loss;
}

} // namespace qs
