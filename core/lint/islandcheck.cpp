// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What ONNX Runtime really made of the pairs, read from its own rewritten graph:
//
//   DQ ──► Conv ──► Q      still there      an operator meant to be an integer kernel runs in float
//   float ──► Q ──► DQ ──► float      a pair that only costs time and accuracy
//   DQ ──► Tanh ──► Q      an operator without integer kernel between integer ones: unavoidable, but it costs
#include "core/lint/lint.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>
#include <set>

namespace qs {
namespace {

class IslandCheck
{
public:
    IslandCheck(const LintInput &input, const Model &optimized, std::vector<Finding> &findings)
        : m_input(input)
        , m_target(*input.options.target)
        , m_made(optimized)
        , m_view(optimized.graph())
        , m_findings(findings)
    { }

    void run(JobContext &job)
    {
        for (const NodeId id : m_input.view().topologicalOrder()) {
            job.throwIfStopped();
            if (isMeantInteger(id) && runsInFloat(id))
                report(id);
        }
        for (const NodeId id : m_view.topologicalOrder()) {
            findIdlePair(id);
            findIsland(id);
        }
        for (const auto &[op, layers] : m_islands)
            m_findings.push_back(
                {Severity::Info, "float-island", layers.size() == 1 ? layers[0] : std::string(),
                 countedSentence(QS_TR_N_NOOP("Sentence",
                                              "no integer kernel for %n %1 node(s), the first %2: the input "
                                              "is dequantized and the result quantized again"),
                                 static_cast<int>(layers.size()), {op, layers[0]})});
    }

private:
    /// Every operand is behind a DequantizeLinear and so is, in front, what the kernel asks of the result.
    bool isMeantInteger(NodeId id) const
    {
        const onnx::NodeProto &node = m_input.view().node(id);
        if (!isOp(node, node.op_type().c_str()) || !m_target.integerOps.contains(node.op_type())
            || node.output_size() == 0 || !m_input.graph.hasIntegerInputs(id))
            return false;
        const onnx::NodeProto &end = m_input.view().node(m_input.graph.groupEnd(id));
        return m_target.floatOutputOps.contains(node.op_type())
            || (end.output_size() > 0 && !m_input.graph.quantizers(end.output(0)).empty());
    }

    /// A float form of \a id makes its result, or that of the operator that was fused behind it.
    bool runsInFloat(NodeId id) const
    {
        const std::string &op = m_input.view().node(id).op_type();
        for (const NodeId at : {id, m_input.graph.groupEnd(id)}) {
            const onnx::NodeProto &node = m_input.view().node(at);
            const auto maker = node.output_size() > 0 ? m_view.producer(node.output(0)) : std::nullopt;
            if (!maker)
                continue;
            const std::string &made = m_view.node(*maker).op_type();
            if (made == op || made == "Fused" + op || (op == "MatMul" && made == "Gemm"))
                return true;
        }
        return false;
    }

    void report(NodeId id)
    {
        m_notFused.insert(m_input.view().layerName(id));
        m_findings.push_back(
            {Severity::Warning, "not-fused", m_input.view().layerName(id),
             sentence(QS_TR_NOOP("Sentence",
                                 "ONNX Runtime runs it in float although its operands are quantized: mend "
                                 "what the other findings of this layer say, or keep it in float"))});
    }

    bool isFloatWork(NodeId id) const
    {
        const onnx::NodeProto &node = m_view.node(id);
        return !isQuantizeLinear(node) && !isDequantizeLinear(node) && integerOperands(node).empty()
            && !m_made.isIntegerClip(id);
    }

    /// The layer of the model as it was that makes \a value.
    std::string layerOf(const std::string &value) const
    {
        const auto producer = m_input.view().producer(value);
        return producer ? m_input.view().layerName(*producer) : value;
    }

    void findIdlePair(NodeId id)
    {
        const onnx::NodeProto &node = m_view.node(id);
        if (!isQuantizeLinear(node) || node.output_size() == 0 || m_made.isConstant(inputAt(node, 0)))
            return;
        const auto maker = m_view.producer(inputAt(node, 0));
        if ((maker && !isFloatWork(*maker)) || m_view.isGraphOutput(node.output(0)))
            return;
        const auto quantizers = m_made.quantizers(inputAt(node, 0));
        const auto own = std::ranges::find(quantizers, id, &GridUse::node);
        if (own == quantizers.end())
            return;
        const auto &readers = m_view.uses((*own)->integers);
        const bool isIdle
            = !readers.empty() && std::all_of(readers.begin(), readers.end(), [&](const Use &use) {
                  return isDequantizeLinear(m_view.node(use.node)) && feedsFloatOnly(use.node);
              });
        if (isIdle)
            m_findings.push_back(
                {Severity::Warning, "idle-pair", layerOf(inputAt(node, 0)),
                 sentence(QS_TR_NOOP("Sentence",
                                     "%1 is quantized and dequantized again with nothing in integers on "
                                     "either side, which costs time and accuracy; take the pair out"),
                          {inputAt(node, 0)})});
    }

    bool feedsFloatOnly(NodeId dequantizer) const
    {
        const onnx::NodeProto &node = m_view.node(dequantizer);
        const auto &readers = m_view.uses(node.output(0));
        // Their finding says it all.
        const bool isToBeMended = std::any_of(readers.begin(), readers.end(), [&](const Use &use) {
            return m_notFused.contains(m_view.layerName(use.node));
        });
        return !isToBeMended && !m_view.isGraphOutput(node.output(0))
            && std::all_of(readers.begin(), readers.end(),
                           [&](const Use &use) { return isFloatWork(use.node); });
    }

    void findIsland(NodeId id)
    {
        const onnx::NodeProto &node = m_view.node(id);
        if (!isFloatWork(id) || node.output_size() == 0 || m_target.integerOps.contains(node.op_type())
            || node.op_type().starts_with("Fused") || !m_made.dequantizer(inputAt(node, 0)))
            return;
        if (!m_made.quantizers(node.output(0)).empty())
            m_islands[node.op_type()].push_back(layerOf(node.output(0)));
    }

    const LintInput &m_input;
    const Target &m_target;
    const QuantGraph m_made;
    const GraphView &m_view;
    std::set<std::string> m_notFused; ///< layers
    std::vector<Finding> &m_findings;
    std::map<std::string, std::vector<std::string>> m_islands; ///< operator → layers
};

void checkIslands(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    if (!input.options.target->runsOnX86 || input.graph.uses().empty())
        return;
    const auto optimized = optimizedModel(*input.options.engine, input.model(), Optimization::Extended);
    if (optimized.ok()) // what does not load is another check's
        IslandCheck(input, **optimized, findings).run(job);
}

} // namespace

void register_islandcheck(LintRegistry &registry)
{
    registry.add({.id = "islands", .needsTarget = true, .needsEngine = true, .apply = checkIslands});
}

} // namespace qs
