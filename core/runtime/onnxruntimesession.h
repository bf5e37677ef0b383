// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/inferenceengine.h"

#include <onnxruntime_cxx_api.h>

namespace qs {

/// Where one of outputs() comes from: the runtime, or, for a tap, without running anything.
struct OutputSource
{
    enum class Kind { Runtime, Input, Constant };
    Kind kind = Kind::Runtime;
    std::size_t index = 0; ///< of OutputPlan::runtimeOutputs, or of inputs()
    Tensor constant;
};

struct OutputPlan
{
    std::vector<ValueInfo> outputs; ///< types of runtime outputs are filled in by the session
    std::vector<OutputSource> sources; ///< parallel to outputs
    std::vector<std::string> runtimeOutputs; ///< each once
};

class OnnxRuntimeSession : public InferenceSession
{
public:
    /// \a subject is named in errors. Throws Ort::Exception.
    OnnxRuntimeSession(Ort::Session session, std::string subject, OutputPlan plan, int threads);

    const std::vector<ValueInfo> &inputs() const override { return m_inputs; }
    const std::vector<ValueInfo> &outputs() const override { return m_plan.outputs; }
    int threads() const override { return m_threads; }
    Result<std::vector<Tensor>> run(std::span<const NamedTensor> inputs, const ValueWatcher &watcher,
                                    const JobContext &job) override;

private:
    /// The tensors of \a given in the order of inputs().
    Result<std::vector<Tensor>> orderedInputs(std::span<const NamedTensor> given) const;

    std::string m_subject;
    Ort::Session m_session;
    OutputPlan m_plan;
    std::vector<ValueInfo> m_inputs;
    int m_threads;
};

/// What the runtime said, on one line and without the places in its source.
std::string runtimeMessage(const std::exception &exception);

} // namespace qs
