// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// INT8 weights; activations get their scale while the model runs (DynamicQuantizeLinear), so nothing has to
// be calibrated and nothing is clipped. Worth it where products of matrices dominate.
#include "core/plan/exclusions.h"
#include "core/plan/innerlayers.h"
#include "core/plan/operatorrules.h"
#include "core/plan/tableplan.h"
#include "core/plan/weightplan.h"
#include "core/strategies/strategy.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

class DynamicPlanner
{
public:
    explicit DynamicPlanner(const StrategyInput &input)
        : m_input(input)
        , m_graph(input.model->graph())
        , m_rules(*input.model, input.shapes, input.target)
        , m_scheme(input.target.weight)
        , m_isPerChannel(input.parameters.flag("per_channel") && input.target.perChannelWeights)
    {
        if (input.parameters.flag("reduce_range"))
            m_scheme = withBits(m_scheme, bitsOf(m_scheme.type) - 1);
    }

    Result<Plan> plan(JobContext &job)
    {
        if (m_input.target.dynamicOps.empty())
            return Error {ErrorCode::Unsupported, "target '" + m_input.target.id + "'",
                          "cannot quantize activations while the model runs; use the strategy 'static'"};
        QS_TRY(m_excluded, excludedNodes(m_graph, m_input.recipe));
        m_plan.strategy = m_input.recipe.strategy;
        m_plan.target = m_input.target.id;
        for (const NodeId id : m_graph.topologicalOrder()) {
            job.throwIfStopped();
            QS_CHECK(planNode(id));
        }
        const auto quantized = std::ranges::count_if(
            m_plan.nodes, [](const NodePlan &node) { return node.form != NodeForm::Float; });
        if (quantized == 0)
            return Error {ErrorCode::InvalidArgument, m_input.model->path().string(),
                          "has no layer that the strategy 'dynamic' quantizes; "
                              + wayOut(m_graph, "use the strategy 'static'")};
        reportConvolutions();
        return std::move(m_plan);
    }

private:
    Status planNode(NodeId id)
    {
        const onnx::NodeProto &node = m_graph.node(id);
        NodePlan entry {m_graph.layerName(id), node.op_type(), NodeForm::Float, {}};
        if (m_excluded.contains(id)) {
            entry.reason = sentence(QS_TR_NOOP("Sentence", "excluded"));
        } else if (!isOp(node, node.op_type().c_str())
                   || !m_input.target.dynamicOps.contains(node.op_type())) {
            entry.reason = isOp(node, "Conv")
                ? sentence(QS_TR_NOOP("Sentence", "kept float: convolutions want calibrated ranges"))
                : hasSubGraphs(m_graph, id)
                ? m_rules.floatReason(id)
                : sentence(
                    QS_TR_NOOP("Sentence", "kept float: only products with constant matrices are quantized"));
        } else if (isOp(node, "LSTM")) {
            QS_CHECK(planLstm(node, entry));
        } else if (isOp(node, "Gather")) {
            QS_CHECK(planEmbedding(id, entry));
        } else {
            QS_CHECK(planMatrix(id, entry));
        }
        m_plan.nodes.push_back(std::move(entry));
        return Done {};
    }

    Text formText(bool isPerChannel) const
    {
        return isPerChannel
            ? sentence(QS_TR_NOOP("Sentence", "integer weights per channel, input quantized as it comes"))
            : sentence(QS_TR_NOOP("Sentence", "integer weights per tensor, input quantized as it comes"));
    }

    Status planMatrix(NodeId id, NodePlan &entry)
    {
        const onnx::NodeProto &node = m_graph.node(id);
        if (!m_rules.isWeighted(id)) {
            entry.reason = sentence(QS_TR_NOOP("Sentence", "kept float: both factors are computed"));
            return Done {};
        }
        QS_TRY(entry.reason, m_rules.integerProblem(id));
        if (!entry.reason.empty())
            return Done {};
        QS_TRY(const std::optional<Tensor> weight, m_input.model->constant(node.input(1)));
        const auto axis = m_isPerChannel ? weightChannelAxis(node, weight->shape().size()) : std::nullopt;
        m_plan.tensors[node.input(1)] = planWeight(node.input(1), *weight, axis, m_scheme);
        entry.form = NodeForm::Dynamic;
        entry.reason = formText(axis.has_value());
        return Done {};
    }

    /// Null unless \a name is a constant of finite floats.
    Result<std::optional<Tensor>> finiteConstant(const std::string &name) const
    {
        QS_TRY(std::optional<Tensor> constant, m_input.model->constant(name));
        if (!constant || constant->type() != DType::Float32 || constant->size() == 0)
            return std::optional<Tensor> {};
        if (extentOf(constant->floats()).finite != constant->size())
            return std::optional<Tensor> {};
        return constant;
    }

    Status planLstm(const onnx::NodeProto &node, NodePlan &entry)
    {
        QS_TRY(const std::optional<Tensor> weight, finiteConstant(node.input(1)));
        QS_TRY(const std::optional<Tensor> recurrent, finiteConstant(node.input(2)));
        if (intAttribute(node, "layout", 0) != 0) {
            entry.reason = sentence(
                QS_TR_NOOP("Sentence", "kept float: the integer LSTM wants the sequence first (layout 0)"));
            return Done {};
        }
        if (!weight || !recurrent || weight->shape().size() != 3 || recurrent->shape().size() != 3) {
            entry.reason = sentence(QS_TR_NOOP("Sentence", "kept float: its weights are computed"));
            return Done {};
        }
        const std::optional<int> axis = m_isPerChannel ? std::optional(1) : std::nullopt;
        m_plan.tensors[node.input(1)] = planWeight(node.input(1), *weight, axis, m_scheme, true);
        m_plan.tensors[node.input(2)] = planWeight(node.input(2), *recurrent, axis, m_scheme, true);
        entry.form = NodeForm::Dynamic;
        entry.reason = formText(axis.has_value());
        return Done {};
    }

    Status planEmbedding(NodeId id, NodePlan &entry)
    {
        if (m_input.parameters.flag("embeddings"))
            return planTable(m_input, m_excluded, id, m_isPerChannel, m_plan, entry);
        entry.reason = sentence(
            QS_TR_NOOP("Sentence", "kept float: only products with constant matrices are quantized"));
        return Done {};
    }

    void reportConvolutions()
    {
        const auto convolutions
            = std::ranges::count_if(m_plan.nodes, [](const NodePlan &node) { return node.op == "Conv"; });
        if (convolutions > 0)
            m_plan.findings.push_back(
                {Severity::Warning,
                 "convolutions-stay-float",
                 {},
                 countedSentence(QS_TR_N_NOOP("Sentence",
                                              "%n convolution(s) stay float under dynamic quantization; the "
                                              "strategy 'static' runs them in integers"),
                                 static_cast<int>(convolutions))});
    }

    const StrategyInput &m_input;
    const GraphView &m_graph;
    OperatorRules m_rules;
    QuantScheme m_scheme;
    bool m_isPerChannel;
    std::set<NodeId> m_excluded;
    Plan m_plan;
};

class DynamicStrategy : public Strategy
{
public:
    Result<std::vector<StatRequest>> statRequests(const StrategyInput &input) const override
    {
        QS_CHECK(excludedNodes(input.model->graph(), input.recipe));
        return std::vector<StatRequest> {};
    }

    Result<Plan> makePlan(const StrategyInput &input, const Statistics &, JobContext &job) const override
    {
        return DynamicPlanner(input).plan(job);
    }
};

} // namespace

void register_dynamicstrategy(StrategyRegistry &registry)
{
    registry.add(
        {.id = "dynamic",
         .title = QS_TR_NOOP("Strategy", "Dynamic INT8"),
         .help = QS_TR_NOOP("Strategy",
                            "INT8 weights; activations get their scale while the model runs. No calibration: "
                            "for transformers and recurrent networks."),
         .needsCalibration = false,
         .params
         = {boolParam("per_channel", true, QS_TR_NOOP("Params", "Per-channel weights"),
                      QS_TR_NOOP("Params",
                                 "A scale for each output channel of a weight, where the target allows it.")),
            boolParam(
                "reduce_range", false, QS_TR_NOOP("Params", "7-bit weights"),
                QS_TR_NOOP("Params", "Weights use one bit less, as on targets whose 16-bit sums saturate.")),
            boolParam("embeddings", true, QS_TR_NOOP("Params", "Integer embeddings"),
                      QS_TR_NOOP("Params", "Embedding tables are stored as INT8 too."))},
         .make = [] { return std::make_unique<DynamicStrategy>(); }});
}

} // namespace qs
