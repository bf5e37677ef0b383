// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/torch/torchloss.h"
#include "core/trainer/torch/torchmodel.h"
#include "core/trainer/torch/torchoptimizer.h"
#include "core/trainer/torch/torchtensor.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/serialize.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <thread>

namespace qs {
namespace {

/// Runs \a work at the module's border: what it throws becomes an Error.
template <typename Work> auto guarded(Work &&work) -> Result<decltype(work())>
{
    const auto line = [](std::string text) {
        std::replace(text.begin(), text.end(), '\n', ' ');
        return text;
    };
    try {
        return work();
    } catch (const c10::NotImplementedError &error) {
        return Error {ErrorCode::Unsupported, "training", line(error.what_without_backtrace())};
    } catch (const c10::Error &error) {
        return Error {ErrorCode::Runtime, "training", line(error.what_without_backtrace())};
    } catch (const std::bad_alloc &) {
        return Error {ErrorCode::OutOfMemory, "training", "not enough memory; try a smaller batch"};
    } catch (const std::exception &error) {
        return Error {ErrorCode::Runtime, "training", line(error.what())};
    }
}

class TorchTrainer : public TrainableModel
{
public:
    TorchTrainer(const TrainGraph &graph, const TrainerOptions &options)
        : m_model(graph, options)
        , m_optimizer(std::make_unique<TorchOptimizer>(m_model, OptimizerOptions()))
    { }

    Result<std::vector<Tensor>> run(std::span<const Tensor> inputs, TrainMode mode,
                                    std::span<const int> wanted) override
    {
        return guarded([&] {
            at::NoGradGuard guard;
            std::vector<Tensor> outputs;
            for (const at::Tensor &value : m_model.forward(m_model.fed(inputs), mode, wanted))
                outputs.push_back(fromTorch(value));
            return outputs;
        });
    }

    Result<BatchResult> accumulate(std::span<const Tensor> inputs, std::span<const std::int64_t> labels,
                                   const LossSpec &loss, double share, TrainMode mode) override
    {
        return guarded([&] {
            const TorchLoss computed = lossOf(inputs, labels, loss, mode);
            if (std::isfinite(computed.result.loss))
                (computed.value * share).backward();
            return computed.result;
        });
    }

    Result<BatchResult> measure(std::span<const Tensor> inputs, std::span<const std::int64_t> labels,
                                const LossSpec &loss) override
    {
        return guarded([&] {
            at::NoGradGuard guard;
            return lossOf(inputs, labels, loss, TrainMode::Simulated).result;
        });
    }

    Status step(const StepRates &rates) override
    {
        return guarded([&] {
            m_optimizer->step(rates);
            m_optimizer->zeroGradients();
            m_model.clampGrids();
            return Done {};
        });
    }

    void setOptimizer(const OptimizerOptions &options) override
    {
        m_model.learnGrids(options.learnGrids);
        m_model.setRelative(options.kind == OptimizerKind::AdamW);
        m_optimizer = std::make_unique<TorchOptimizer>(m_model, options);
        m_optimizer->zeroGradients();
    }

    Result<std::vector<std::vector<double>>> gradients(std::span<const Tensor> inputs, int output,
                                                       const Tensor &coefficients, std::span<const int> with,
                                                       TrainMode mode) override
    {
        return guarded([&] {
            TorchModel::Values values = m_model.fed(inputs);
            for (at::Tensor &value : values) {
                if (value.is_floating_point())
                    value.requires_grad_(true);
            }
            const at::Tensor sum = weightedSum(values, output, coefficients, mode);
            std::vector<at::Tensor> leaves;
            std::vector<at::Tensor> units;
            for (const int value : with) {
                const auto &fed = m_model.graph().inputs;
                const auto it = std::find(fed.begin(), fed.end(), value);
                leaves.push_back(it == fed.end() ? m_model.leaf(value)
                                                 : values[static_cast<std::size_t>(it - fed.begin())]);
                units.push_back(it == fed.end() ? m_model.unit(value) : at::Tensor());
            }
            return gradientsOf(sum, leaves, units);
        });
    }

    Result<std::vector<GridGradient>> gridGradients(std::span<const Tensor> inputs, int output,
                                                    const Tensor &coefficients,
                                                    std::span<const int> grids) override
    {
        return guarded([&] {
            const at::Tensor sum
                = weightedSum(m_model.fed(inputs), output, coefficients, TrainMode::Simulated);
            std::vector<GridGradient> result;
            for (const int index : grids) {
                const LearnedGrid &grid = m_model.grid(index);
                GridGradient gradient;
                if (grid.zero.requires_grad())
                    gradient.zeroPoint = gradientsOf(sum, {grid.zero})[0];
                if (grid.delta.requires_grad()) {
                    // scale = base · e^(delta / reach), so d scale / d delta = scale / reach
                    gradient.scale = gradientsOf(sum, {grid.delta})[0];
                    const at::Tensor scale = grid.scale().to(at::kDouble).contiguous();
                    for (std::size_t c = 0; c < gradient.scale.size(); ++c)
                        gradient.scale[c] *= grid.reach / scale.data_ptr<double>()[c];
                }
                result.push_back(std::move(gradient));
            }
            return result;
        });
    }

    void useBatchStatistics(bool on) override { m_model.useBatchStatistics(on); }

    Status collectStatistics(std::span<const Tensor> inputs, TrainMode mode) override
    {
        return guarded([&] {
            m_model.collectStatistics(m_model.fed(inputs), mode);
            return Done {};
        });
    }

    Status keepStatistics() override
    {
        return guarded([&] {
            for (auto &[node, statistics] : m_model.statistics())
                statistics.keep();
            return Done {};
        });
    }

    Status foldStatistics() override
    {
        return guarded([&] {
            m_model.foldStatistics();
            return Done {};
        });
    }

    Tensor weight(int value) const override { return fromTorch(m_model.trained(value).to(at::kFloat)); }
    Status setWeight(int value, const Tensor &tensor) override
    {
        return guarded([&] {
            m_model.setTrained(value, toTorch(tensor, m_model.floating()));
            return Done {};
        });
    }
    std::vector<ScaleZeroPoint> grid(int index) const override { return m_model.grid(index).params(); }

    std::string state() const override
    {
        torch::serialize::OutputArchive archive;
        for (const auto &[name, tensor] : leaves())
            archive.write(name, tensor, true);
        archive.write("optimizer", c10::IValue(m_optimizer->save()));
        std::ostringstream stream;
        archive.save_to(stream);
        return stream.str();
    }

    Status restore(const std::string &state) override
    {
        return guarded([&] {
            at::NoGradGuard guard;
            std::istringstream stream(state);
            torch::serialize::InputArchive archive;
            archive.load_from(stream);
            for (const auto &[name, tensor] : leaves()) {
                at::Tensor stored;
                archive.read(name, stored, true);
                TORCH_CHECK(stored.sizes() == tensor.sizes(), "the state is of another network");
                tensor.copy_(stored);
            }
            c10::IValue optimizer;
            archive.read("optimizer", optimizer);
            m_optimizer->load(optimizer.toStringRef());
            return Done {};
        });
    }

private:
    at::Tensor weightedSum(const TorchModel::Values &fed, int output, const Tensor &coefficients,
                           TrainMode mode)
    {
        const int wanted[] = {output};
        return (m_model.forward(fed, mode, wanted)[0] * toTorch(coefficients, m_model.floating())).sum();
    }

    /// With respect to \a leaves times their \a units, where these are given. May be called again for the
    /// same \a sum.
    static std::vector<std::vector<double>> gradientsOf(const at::Tensor &sum,
                                                        const std::vector<at::Tensor> &leaves,
                                                        const std::vector<at::Tensor> &units = {})
    {
        std::vector<std::vector<double>> result;
        for (const at::Tensor &gradient : torch::autograd::grad({sum}, leaves, {}, true, false, true)) {
            const at::Tensor &leaf = leaves[result.size()];
            const at::Tensor unit = units.empty() ? at::Tensor() : units[result.size()];
            at::Tensor flat = (gradient.defined() ? gradient : at::zeros_like(leaf)).to(at::kDouble);
            flat = (unit.defined() ? flat / unit : flat).contiguous();
            result.emplace_back(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
        }
        return result;
    }

    TorchLoss lossOf(std::span<const Tensor> inputs, std::span<const std::int64_t> labels,
                     const LossSpec &loss, TrainMode mode)
    {
        std::vector<int> wanted {loss.output};
        wanted.insert(wanted.end(), loss.layers.begin(), loss.layers.end());
        const TorchModel::Values fed = m_model.fed(inputs);
        TorchModel::Values teacher;
        if (loss.distillation > 0 || (!loss.layers.empty() && loss.layerWeight > 0)) {
            at::NoGradGuard guard;
            teacher = m_model.forward(fed, TrainMode::Float, wanted);
        }
        return computeLoss(loss, m_model.forward(fed, mode, wanted), teacher, labels);
    }

    /// Everything that training changes, but for the optimizer's memory.
    std::vector<std::pair<std::string, at::Tensor>> leaves() const
    {
        std::vector<std::pair<std::string, at::Tensor>> result;
        const TrainGraph &graph = m_model.graph();
        for (std::size_t v = 0; v < graph.values.size(); ++v) {
            if (graph.values[v].trainable)
                result.emplace_back("value" + std::to_string(v), m_model.leaf(static_cast<int>(v)).detach());
        }
        for (std::size_t g = 0; g < graph.grids.size(); ++g) {
            const LearnedGrid &grid = m_model.grid(static_cast<int>(g));
            result.emplace_back("base" + std::to_string(g), grid.base.detach());
            result.emplace_back("delta" + std::to_string(g), grid.delta.detach());
            result.emplace_back("zero" + std::to_string(g), grid.zero.detach());
        }
        for (const auto &[node, range] : m_model.ranges())
            result.emplace_back("range" + std::to_string(node), range);
        for (const auto &[node, statistics] : m_model.statistics()) {
            result.emplace_back("mean" + std::to_string(node), statistics.mean);
            result.emplace_back("deviation" + std::to_string(node), statistics.deviation);
        }
        return result;
    }

    TorchModel m_model;
    std::unique_ptr<TorchOptimizer> m_optimizer;
};

class TorchEngine : public TrainingEngine
{
public:
    std::string version() const override { return std::string("libtorch ") + TORCH_VERSION; }

    Result<std::unique_ptr<TrainableModel>> open(const TrainGraph &graph,
                                                 const TrainerOptions &options) const override
    {
        return guarded([&] {
            // libtorch's own choice is one thread on some virtual machines with several cores.
            const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
            at::set_num_threads(options.threads > 0 ? options.threads : static_cast<int>(cores));
            at::globalContext().setDeterministicAlgorithms(options.deterministic, false);
            return std::unique_ptr<TrainableModel>(std::make_unique<TorchTrainer>(graph, options));
        });
    }
};

} // namespace
} // namespace qs

extern "C" [[gnu::visibility("default")]] const qs::TrainingEngine *qs_trainer_engine()
{
    static const qs::TorchEngine engine;
    return &engine;
}
