// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the kernels of a target take: element types of activations and weights, zero points, one scale or one
// a channel, fixed shapes. What they do not take is refused or runs in float.
#include "core/lint/lint.h"

#include <algorithm>
#include <map>

namespace qs {
namespace {

std::string listOf(const std::set<DType> &types)
{
    std::string text;
    for (const DType type : types)
        text += (text.empty() ? "" : ", ") + std::string(toString(type));
    return text;
}

class TypeCheck
{
public:
    TypeCheck(const LintInput &input, std::vector<Finding> &findings)
        : m_input(input)
        , m_target(*input.options.target)
        , m_findings(findings)
    { }

    void activation(const GridUse &use)
    {
        const bool isKnown = use.type != DType::Undefined && use.type != DType::Int32;
        if (isKnown && !m_target.activationTypes.contains(use.type))
            m_activations[use.type].push_back(m_input.graph.layerOf(use));
        if (m_target.asymmetricActivations)
            return;
        const auto values = m_input.graph.values(use);
        const auto isOff = [](std::int32_t z) { return z != 0; };
        if (values && std::any_of(values->zeroPoints.begin(), values->zeroPoints.end(), isOff))
            m_findings.push_back(
                {Severity::Error, "activation-zero-point", m_input.graph.layerOf(use),
                 sentence(QS_TR_NOOP("Sentence",
                                     "%1 refuses zero points other than 0; calibrate %2 symmetrically"),
                          {m_target.title, use.integers})});
    }

    void weight(const WeightedOperator &weighted)
    {
        const GridUse &use = *weighted.weight;
        const std::string layer = m_input.view().layerName(weighted.node);
        if (use.type != DType::Undefined && !m_target.weightTypes.contains(use.type))
            m_findings.push_back(
                {Severity::Warning, "weight-type", layer,
                 sentence(QS_TR_NOOP("Sentence", "its weights are %1; %2 has kernels for %3"),
                          {std::string(toString(use.type)), m_target.title, listOf(m_target.weightTypes)})});
        const auto values = m_input.graph.values(use);
        if (values && !values->isPerTensor() && !m_target.perChannelWeights)
            m_findings.push_back(
                {Severity::Warning, "weight-granularity", layer,
                 sentence(QS_TR_NOOP("Sentence",
                                     "its weights have a scale for each channel; the kernels of %1 take "
                                     "one for all: quantize for this target"),
                          {m_target.title})});
    }

    /// One finding for each type: a whole model in the wrong one is one mistake.
    void finish()
    {
        for (const auto &[type, layers] : m_activations) {
            const bool isRefused = !m_target.asymmetricActivations;
            m_findings.push_back(
                {isRefused ? Severity::Error : Severity::Warning, "activation-type",
                 layers.size() == 1 ? layers[0] : std::string(),
                 countedSentence(QS_TR_N_NOOP("Sentence",
                                              "%n activation(s) in %1, the first at %2; %3 has kernels for "
                                              "%4: quantize for this target"),
                                 static_cast<int>(layers.size()),
                                 {std::string(toString(type)), layers[0], m_target.title,
                                  listOf(m_target.activationTypes)})});
        }
    }

private:
    const LintInput &m_input;
    const Target &m_target;
    std::vector<Finding> &m_findings;
    std::map<DType, std::vector<std::string>> m_activations;
};

void checkShapes(const LintInput &input, std::vector<Finding> &findings, JobContext &)
{
    if (input.graph.uses().empty())
        return;
    for (const ValueInfo &value : input.view().inputs()) {
        const bool isOpen = !value.hasShape || elementCount(value.shape) < 0;
        if (input.options.target->staticShapesOnly && isOpen)
            findings.push_back(
                {Severity::Warning, "open-shapes", value.name,
                 sentence(QS_TR_NOOP("Sentence",
                                     "its shape %1 is not fixed, and %2 takes fixed ones only; export the "
                                     "model with the sizes it will run with"),
                          {toString(value.shape), input.options.target->title})});
    }
}

void checkTargetTypes(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    if (input.graph.uses().empty())
        return;
    TypeCheck check(input, findings);
    for (const GridUse &use : input.graph.uses()) {
        job.throwIfStopped();
        const bool isActivation = use.kind == GridUse::Kind::Quantize
            || (use.kind == GridUse::Kind::Operand && use.role == OperandRole::Result);
        if (isActivation && !input.graph.constantShape(use))
            check.activation(use);
    }
    for (const WeightedOperator &weighted : input.graph.weighted()) {
        if (weighted.isQuantized() && input.graph.constantShape(*weighted.weight))
            check.weight(weighted);
    }
    check.finish();
}

} // namespace

void register_targettypecheck(LintRegistry &registry)
{
    registry.add({.id = "target-types", .needsTarget = true, .apply = checkTargetTypes});
    registry.add({.id = "open-shapes", .needsTarget = true, .ofFile = true, .apply = checkShapes});
}

} // namespace qs
