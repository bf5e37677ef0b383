// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A runtime makes an integer kernel of an operator whose result goes to one QuantizeLinear and nowhere else
// (onnxruntime qdq_transformer, CheckQDQNodes). Not so where targets fuse what comes behind the operator.
#include "core/lint/lint.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

class ReadersCheck
{
public:
    ReadersCheck(const LintInput &input, std::vector<Finding> &findings)
        : m_input(input)
        , m_findings(findings)
    { }

    void check(NodeId id)
    {
        const onnx::NodeProto &node = m_input.view().node(id);
        if (isQuantizeLinear(node))
            return;
        for (const std::string &value : node.output()) {
            const auto quantizers = m_input.graph.quantizers(value);
            if (quantizers.empty())
                continue;
            checkOne(id, value, quantizers);
            checkMixed(id, value, quantizers.size());
        }
    }

private:
    /// It would be an integer kernel if its result were quantized once and not read otherwise.
    bool couldBeInteger(NodeId id) const
    {
        const onnx::NodeProto &node = m_input.view().node(id);
        return isOp(node, node.op_type().c_str())
            && m_input.options.target->integerOps.contains(node.op_type())
            && m_input.graph.hasIntegerInputs(id);
    }

    /// \a id or the operator whose result it clips.
    NodeId kernelOf(NodeId id) const
    {
        const onnx::NodeProto &node = m_input.view().node(id);
        if (!isOp(node, "Relu") && !isOp(node, "Clip"))
            return id;
        const auto producer = m_input.view().producer(inputAt(node, 0));
        return producer && m_input.graph.groupEnd(*producer) == id ? *producer : id;
    }

    void checkOne(NodeId id, const std::string &value, const std::vector<const GridUse *> &quantizers)
    {
        if (quantizers.size() < 2)
            return;
        const bool same = std::all_of(quantizers.begin(), quantizers.end(), [&](const GridUse *use) {
            return m_input.graph.isSameGrid(*use, *quantizers[0]);
        });
        const Severity severity = couldBeInteger(kernelOf(id)) ? Severity::Warning : Severity::Info;
        const std::string count = std::to_string(quantizers.size());
        m_findings.push_back(
            {severity, "quantized-twice", m_input.view().layerName(kernelOf(id)),
             same ? sentence(
                 QS_TR_NOOP("Sentence",
                            "%1 is quantized %2 times on the same grid, which keeps its layer from being an "
                            "integer kernel; let all readers share one QuantizeLinear"),
                 {value, count})
                  : sentence(
                      QS_TR_NOOP(
                          "Sentence",
                          "%1 is quantized %2 times on different grids, which keeps its layer from being an "
                          "integer kernel; choose one grid for all readers"),
                      {value, count})});
    }

    void checkMixed(NodeId id, const std::string &value, std::size_t quantizers)
    {
        const bool isOutput = m_input.view().isGraphOutput(value);
        const bool hasOtherReaders = m_input.view().uses(value).size() > quantizers;
        if ((isOutput || hasOtherReaders) && couldBeInteger(kernelOf(id)))
            m_findings.push_back({Severity::Warning, "read-in-float", m_input.view().layerName(kernelOf(id)),
                                  sentence(QS_TR_NOOP("Sentence",
                                                      "%1 is read in float beside its QuantizeLinear, so its "
                                                      "layer runs in float; let every "
                                                      "reader take the value behind the DequantizeLinear"),
                                           {value})});
    }

    const LintInput &m_input;
    std::vector<Finding> &m_findings;
};

void checkReaders(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    if (input.options.target->gridPlacement != GridPlacement::AroundOperators)
        return;
    ReadersCheck check(input, findings);
    for (const NodeId id : input.view().topologicalOrder()) {
        job.throwIfStopped();
        check.check(id);
    }
}

} // namespace

void register_readerscheck(LintRegistry &registry)
{
    registry.add({.id = "readers", .needsTarget = true, .apply = checkReaders});
}

} // namespace qs
