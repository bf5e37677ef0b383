// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/inferenceengine.h"

#include <functional>
#include <utility>

namespace qs {

/// Runs a function of the test instead of a model: it is called with the inputs and the name of each value
/// wanted, from several threads at once.
class ReplayEngine : public InferenceEngine
{
public:
    using Function
        = std::function<Result<Tensor>(std::span<const NamedTensor> inputs, const std::string &value)>;

    explicit ReplayEngine(Function function)
        : m_function(std::move(function))
    { }

    std::string version() const override { return "replay"; }
    Result<std::unique_ptr<InferenceSession>> open(const Model &model,
                                                   const SessionOptions &options) const override
    {
        return std::unique_ptr<InferenceSession>(
            std::make_unique<ReplaySession>(m_function, model.graph(), options));
    }

private:
    class ReplaySession : public InferenceSession
    {
    public:
        ReplaySession(Function function, const GraphView &graph, const SessionOptions &options)
            : m_function(std::move(function))
            , m_inputs(graph.inputs())
            , m_outputs(graph.outputs())
            , m_watched(options.watched)
            , m_threads(options.threads)
        {
            for (const std::string &tap : options.taps)
                m_outputs.push_back({tap, DType::Float32, {}, false});
        }

        const std::vector<ValueInfo> &inputs() const override { return m_inputs; }
        const std::vector<ValueInfo> &outputs() const override { return m_outputs; }
        int threads() const override { return m_threads; }
        Result<std::vector<Tensor>> run(std::span<const NamedTensor> inputs, const ValueWatcher &watcher,
                                        const JobContext &job) override
        {
            job.throwIfStopped();
            for (std::size_t i = 0; i < m_watched.size(); ++i) {
                QS_TRY(const Tensor tensor, m_function(inputs, m_watched[i]));
                QS_CHECK(watcher(i, {tensor}));
            }
            std::vector<Tensor> tensors;
            for (const ValueInfo &output : m_outputs) {
                QS_TRY(Tensor tensor, m_function(inputs, output.name));
                tensors.push_back(std::move(tensor));
            }
            return tensors;
        }

    private:
        Function m_function;
        std::vector<ValueInfo> m_inputs;
        std::vector<ValueInfo> m_outputs;
        std::vector<std::string> m_watched;
        int m_threads;
    };

    Function m_function;
};

} // namespace qs
