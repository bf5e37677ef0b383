// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/verify.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

// Folding batch normalization and constants reorders float32 sums; more than this is a wrong rewrite.
constexpr double kTolerance = 1e-3;

Result<std::vector<Tensor>> runOnce(const Model &model, const InferenceEngine &engine,
                                    std::span<const NamedTensor> inputs, JobContext &job)
{
    QS_TRY(const auto session, engine.open(model, {}));
    return session->run(inputs, job);
}

Result<Sample> syntheticSample(const Model &model, JobContext &job)
{
    DataSpec spec;
    spec.path = "synthetic";
    spec.limit = 1;
    QS_TRY(const DatasetPtr data, openDataset(spec, model.graph().inputs(), job));
    return data->sample(0);
}

/// Root of the error energy over the signal energy; 0 when both are zero.
double relativeError(const Tensor &reference, const Tensor &other)
{
    double error = 0;
    double signal = 0;
    const auto a = reference.floats();
    const auto b = other.floats();
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        error += difference * difference;
        signal += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    }
    return error == 0 ? 0 : std::sqrt(error / std::max(signal, 1e-30));
}

int countOf(const std::map<std::string, int> &operators, const std::string &name)
{
    const auto it = operators.find(name);
    return it == operators.end() ? 0 : it->second;
}

} // namespace

Status verifyPrepared(const Model &source, const Model &prepared, const InferenceEngine &engine,
                      JobContext &job)
{
    QS_TRY(const Sample sample, syntheticSample(source, job));
    QS_TRY(const auto before, runOnce(source, engine, sample.inputs, job));
    QS_TRY(const auto after, runOnce(prepared, engine, sample.inputs, job));
    for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
        if (before[i].type() != DType::Float32)
            continue;
        const double error = after[i].shape() == before[i].shape() ? relativeError(before[i], after[i]) : 1.0;
        if (error > kTolerance)
            return Error {ErrorCode::Runtime, source.graph().outputs()[i].name,
                          "preparing the model changed this output by " + std::to_string(error * 100)
                              + " %; nothing was quantized"};
    }
    return Done {};
}

Status verifyLoads(const Quantized &quantized, const Target &target, const InferenceEngine &engine,
                   JobContext &job)
{
    QS_TRY(const Sample sample, syntheticSample(*quantized.model, job));
    QS_TRY(const auto outputs, runOnce(*quantized.model, engine, sample.inputs, job));
    if (!target.runsOnX86)
        return Done {};
    QS_TRY(const auto operators, optimizedOperators(engine, *quantized.model, Optimization::Extended));
    std::map<std::string, int> planned;
    std::map<std::string, int> total;
    for (const NodePlan &node : quantized.plan.nodes) {
        ++total[node.op];
        if (node.form == NodeForm::Integer && target.integerOps.contains(node.op))
            ++planned[node.op];
    }
    for (const auto &[op, count] : planned) {
        // The runtime names some float forms anew when it fuses an activation into them.
        const int inFloat = countOf(operators, op) + countOf(operators, "com.microsoft.Fused" + op);
        const int expected = total[op] - count;
        if (inFloat > expected)
            job.report({Severity::Warning,
                        "float-kernel",
                        {},
                        sentence(QS_TR_NOOP("Sentence",
                                            "%1 of %2 %3 nodes run in float, though planned as integers"),
                                 {std::to_string(inFloat - expected), std::to_string(count), op})});
    }
    return Done {};
}

} // namespace qs
