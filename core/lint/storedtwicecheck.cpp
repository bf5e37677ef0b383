// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Weights that the file holds more than once: in float beside their integers, as the same integers under two
// names, or quantized by several QuantizeLinear. Only tensors worth the room are looked at.
#include "core/lint/lint.h"

#include "core/model/constanttype.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

namespace qs {
namespace {

constexpr std::int64_t kSmallest = 64; // elements
constexpr std::size_t kProbes = 64;

struct Stored
{
    const GridUse *use;
    Tensor tensor;
};

class StoredTwiceCheck
{
public:
    StoredTwiceCheck(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
        : m_input(input)
        , m_findings(findings)
        , m_job(job)
    { }

    void run()
    {
        collect();
        for (const auto &[type, group] : m_groups)
            compareIntegers(group);
        compareFloats();
        compareQuantizers();
    }

private:
    void collect()
    {
        std::set<std::string> seen;
        for (const GridUse &use : m_input.graph.uses()) {
            const bool isLarge = use.shape && elementCount(*use.shape) >= kSmallest;
            if (!isLarge || use.type == DType::Int32 || !seen.insert(use.integers).second)
                continue;
            auto tensor = m_input.model().constant(use.integers);
            if (tensor.ok() && tensor.value())
                m_groups[{use.type, *use.shape}].push_back({&use, std::move(**tensor)});
        }
    }

    void compareIntegers(std::vector<Stored> group)
    {
        const auto isLess = [](const Stored &a, const Stored &b) {
            return std::memcmp(a.tensor.bytes().data(), b.tensor.bytes().data(), a.tensor.byteSize()) < 0;
        };
        std::stable_sort(group.begin(), group.end(), isLess);
        for (std::size_t i = 1; i < group.size(); ++i) {
            m_job.throwIfStopped();
            if (isLess(group[i - 1], group[i]))
                continue;
            m_findings.push_back(
                {Severity::Warning, "weight-stored-twice", m_input.graph.layerOf(*group[i].use),
                 sentence(
                     QS_TR_NOOP("Sentence", "%1 and %2 hold the same integers; let both layers share one"),
                     {group[i - 1].use->integers, group[i].use->integers})});
        }
    }

    /// Float initializers that a weight's integers stand for.
    void compareFloats()
    {
        for (const auto &initializer : m_input.model().proto().graph().initializer()) {
            const auto type = constantType(m_input.model(), initializer.name());
            if (!type || type->type != DType::Float32 || elementCount(type->shape) < kSmallest)
                continue;
            m_job.throwIfStopped();
            const auto tensor = m_input.model().constant(initializer.name());
            if (!tensor.ok() || !tensor.value())
                continue;
            for (const auto &[key, group] : m_groups) {
                if (key.second != type->shape)
                    continue;
                const auto twin = std::find_if(group.begin(), group.end(),
                                               [&](const Stored &s) { return isQuantized(s, **tensor); });
                if (twin != group.end())
                    addFloatCopy(initializer.name(), *twin->use);
            }
        }
    }

    void addFloatCopy(const std::string &name, const GridUse &use)
    {
        if (m_input.view().uses(name).empty())
            m_findings.push_back(
                {Severity::Warning, "float-copy", m_input.graph.layerOf(use),
                 sentence(QS_TR_NOOP("Sentence",
                                     "%1 is still stored in float as %2, which nothing reads; remove it"),
                          {use.integers, name})});
        else
            m_findings.push_back(
                {Severity::Info, "float-copy-read", m_input.graph.layerOf(use),
                 sentence(QS_TR_NOOP("Sentence",
                                     "%1 is stored in float too, as %2, for a layer that reads it in "
                                     "float; quantize that layer as well to save the room"),
                          {use.integers, name})});
    }

    /// Probes spread over the tensor all lie within a step of what the integers mean.
    bool isQuantized(const Stored &stored, const Tensor &floats) const
    {
        const auto values = m_input.graph.values(*stored.use);
        const auto axis = gridAxis(*stored.use, floats.shape().size());
        if (!values || stored.use->blockSize > 0 || !isGridType(stored.tensor.type())
            || (!values->isPerTensor() && !axis))
            return false;
        std::size_t inner = 1;
        for (std::size_t d = axis.value_or(0) + 1; d < floats.shape().size(); ++d)
            inner *= static_cast<std::size_t>(floats.shape()[d]);
        bool anyValue = false;
        const std::size_t step = std::max<std::size_t>(1, floats.size() / kProbes);
        for (std::size_t i = 0; i < floats.size(); i += step) {
            const std::size_t channel = values->isPerTensor() ? 0 : i / inner % values->scales.size();
            const float scale = values->scales[channel];
            const std::int32_t zero = channel < values->zeroPoints.size() ? values->zeroPoints[channel] : 0;
            const std::int32_t q = integerAt(stored.tensor, i);
            anyValue = anyValue || q != zero;
            if (!(std::abs(static_cast<float>(q - zero) * scale - floats.floats()[i]) <= scale))
                return false;
        }
        return anyValue;
    }

    void compareQuantizers()
    {
        std::set<std::string> seen;
        for (const GridUse &use : m_input.graph.uses()) {
            if (use.kind != GridUse::Kind::Quantize || !m_input.graph.isConstant(use.real)
                || !seen.insert(use.real).second)
                continue;
            const std::size_t count = m_input.graph.quantizers(use.real).size();
            if (count > 1)
                m_findings.push_back(
                    {Severity::Warning, "weight-quantized-twice", m_input.graph.layerOf(use),
                     sentence(QS_TR_NOOP("Sentence",
                                         "%1 is quantized %2 times, so it is kept as often in memory; let "
                                         "all layers share one QuantizeLinear"),
                              {use.real, std::to_string(count)})});
        }
    }

    const LintInput &m_input;
    std::vector<Finding> &m_findings;
    JobContext &m_job;
    std::map<std::pair<DType, Shape>, std::vector<Stored>> m_groups;
};

void checkStoredTwice(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    StoredTwiceCheck(input, findings, job).run();
}

} // namespace

void register_storedtwicecheck(LintRegistry &registry)
{
    registry.add({.id = "stored-twice", .apply = checkStoredTwice});
}

} // namespace qs
