// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The model is opened in ONNX Runtime and run once on synthetic data, with the integer kernels and, at the
// basic level, with the same Quantize / Dequantize pairs computed in float. Both round at the same places but
// for the last bit of sums, so a larger distance is a graph that means different things to different
// runtimes, or kernels that saturate.
#include "core/lint/lint.h"

#include "core/base/random.h"
#include "core/data/dataset.h"
#include "core/tensor/quantmath.h"

#include <cmath>
#include <cstdio>

namespace qs {
namespace {

// Measured with ONNX Runtime 1.30.0 on eleven networks quantized statically: 27 dB (MobileNetV2) to equal.
// Where the outputs are next to nothing, as of a detector on noise, they are anything: 1 dB, and as far off
// when the inputs of the float computation move by a step (tst_real_lint).
constexpr double kSmallestDb = 20;
constexpr double kMarginDb = 10;
constexpr float kStep = 1.F / 255; // of the range of an input

/// 10 log10(signal / error) of float outputs of one shape; infinite when equal, null when not comparable.
std::optional<double> sqnrDb(const Tensor &simulated, const Tensor &run)
{
    if (simulated.type() != DType::Float32 || run.type() != DType::Float32
        || simulated.shape() != run.shape())
        return std::nullopt;
    double signal = 0;
    double error = 0;
    for (std::size_t i = 0; i < run.size(); ++i) {
        const auto x = static_cast<double>(simulated.floats()[i]);
        const double difference = x - static_cast<double>(run.floats()[i]);
        signal += x * x;
        error += difference * difference;
    }
    if (error == 0)
        return std::numeric_limits<double>::infinity();
    return 10 * std::log10(signal / error);
}

/// \a tensor with noise of up to a step of 8 bits added.
Tensor shaken(const Tensor &tensor, Random &random)
{
    const Range range = extentOf(tensor.floats()).range;
    Tensor result(DType::Float32, tensor.shape());
    const auto values = result.mutableData<float>();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float noise = static_cast<float>(random.below(2001)) / 1000.F - 1.F;
        values[i] = tensor.floats()[i] + (range.max - range.min) * kStep * noise;
    }
    return result;
}

class RuntimeCheck
{
public:
    RuntimeCheck(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
        : m_input(input)
        , m_findings(findings)
        , m_job(job)
    { }

    void run()
    {
        auto kernels = m_input.options.engine->open(m_input.model(), {});
        if (!kernels.ok()) {
            m_findings.push_back({Severity::Error,
                                  "does-not-load",
                                  {},
                                  sentence(QS_TR_NOOP("Sentence", "ONNX Runtime refuses the model: %1"),
                                           {kernels.error().detail})});
            return;
        }
        if (m_input.graph.uses().empty())
            return; // float throughout
        const auto sample = syntheticSample();
        if (!sample.ok())
            return; // inputs that nobody can make up
        const auto outputs = (*kernels)->run(sample->inputs, m_job);
        kernels->reset();
        if (!outputs.ok()) {
            m_findings.push_back({Severity::Warning,
                                  "does-not-run",
                                  {},
                                  sentence(QS_TR_NOOP("Sentence", "it does not run on made-up data: %1"),
                                           {outputs.error().detail})});
            return;
        }
        compare(sample->inputs, *outputs);
    }

private:
    Result<Sample> syntheticSample()
    {
        const DataSpec spec {.path = "synthetic", .limit = 1, .preprocessing = {}};
        QS_TRY(const DatasetPtr data, openDataset(spec, m_input.view().inputs(), m_job));
        return data->sample(0);
    }

    void compare(std::span<const NamedTensor> inputs, const std::vector<Tensor> &outputs)
    {
        const auto simulation
            = m_input.options.engine->open(m_input.model(), {.optimization = Optimization::Basic});
        if (!simulation.ok())
            return;
        const auto simulated = (*simulation)->run(inputs, m_job);
        if (!simulated.ok())
            return;
        double expected = 0; // of this model; measured when it is needed
        for (std::size_t i = 0; i < outputs.size() && i < simulated->size(); ++i) {
            const auto db = sqnrDb((*simulated)[i], outputs[i]);
            if (!db || *db >= kSmallestDb)
                continue;
            if (expected == 0)
                expected = std::min(kSmallestDb, steadiness(**simulation, inputs, *simulated) - kMarginDb);
            if (*db >= expected)
                continue;
            char text[32];
            std::snprintf(text, sizeof text, "%.1f", *db);
            m_findings.push_back(
                {Severity::Error, "differs-from-simulation", m_input.view().outputs()[i].name,
                 sentence(QS_TR_NOOP("Sentence",
                                     "the integer kernels and the same model computed in float agree to "
                                     "%1 dB only: see the other findings, or use 7-bit weights on "
                                     "processors without VNNI"),
                          {text})});
        }
    }

    /// How far the outputs move, at the worst, when the inputs do by a step of 8 bits; infinite when there is
    /// no input of numbers.
    double steadiness(InferenceSession &session, std::span<const NamedTensor> inputs,
                      const std::vector<Tensor> &outputs)
    {
        std::vector<NamedTensor> moved;
        Random random(1);
        for (const NamedTensor &input : inputs)
            moved.push_back(
                {input.name,
                 input.tensor.type() == DType::Float32 ? shaken(input.tensor, random) : input.tensor});
        double lowest = std::numeric_limits<double>::infinity();
        const auto others = session.run(moved, m_job);
        for (std::size_t i = 0; others.ok() && i < others->size(); ++i)
            lowest = std::min(lowest, sqnrDb(outputs[i], (*others)[i]).value_or(lowest));
        return lowest;
    }

    const LintInput &m_input;
    std::vector<Finding> &m_findings;
    JobContext &m_job;
};

void checkRuntime(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    RuntimeCheck(input, findings, job).run();
}

} // namespace

void register_runtimecheck(LintRegistry &registry)
{
    registry.add({.id = "runtime", .needsEngine = true, .apply = checkRuntime});
}

} // namespace qs
