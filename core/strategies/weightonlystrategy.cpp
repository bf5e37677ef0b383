// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Weights in blocks of 4 or 8 bits, activations in float: for language models, whose speed is that of reading
// their weights.
#include "core/plan/exclusions.h"
#include "core/plan/innerlayers.h"
#include "core/plan/operatorrules.h"
#include "core/plan/tableplan.h"
#include "core/strategies/strategy.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <charconv>

namespace qs {
namespace {

int numberOf(const std::string &text)
{
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

class WeightOnlyPlanner
{
public:
    explicit WeightOnlyPlanner(const StrategyInput &input)
        : m_input(input)
        , m_graph(input.model->graph())
        , m_rules(*input.model, input.shapes, input.target)
        , m_blocks {.bits = numberOf(input.parameters.text("bits")),
                    .blockSize = numberOf(input.parameters.text("block_size")),
                    .symmetric = input.parameters.flag("symmetric"),
                    .searched = input.parameters.flag("search")}
    { }

    Result<Plan> plan(JobContext &job)
    {
        if (!m_input.target.blockWeights)
            return Error {ErrorCode::Unsupported, "target '" + m_input.target.id + "'",
                          "has no kernels for weights in blocks; use the strategy 'static'"};
        QS_TRY(m_excluded, excludedNodes(m_graph, m_input.recipe));
        m_plan.strategy = m_input.recipe.strategy;
        m_plan.target = m_input.target.id;
        m_plan.accuracyLevel = numberOf(m_input.parameters.text("accuracy_level"));
        m_plan.blocksInPairs = m_input.parameters.text("format") == "qdq";
        if (m_plan.blocksInPairs)
            m_plan.findings.push_back(
                {Severity::Info,
                 "accuracy-level-of-session",
                 {},
                 sentence(QS_TR_NOOP("Sentence",
                                     "ONNX Runtime rounds the inputs of blocks behind DequantizeLinear "
                                     "to 8 bits, unless the application sets %1 to 0"),
                          {"session.qdq_matmulnbits_accuracy_level"})});
        for (const NodeId id : m_graph.topologicalOrder()) {
            job.throwIfStopped();
            QS_CHECK(planNode(id));
        }
        if (std::ranges::none_of(m_plan.nodes, &NodePlan::isQuantized))
            return Error {ErrorCode::InvalidArgument, m_input.model->path().string(),
                          "has no product with a constant matrix; "
                              + wayOut(m_graph, "use the strategy 'static'")};
        return std::move(m_plan);
    }

private:
    Status planNode(NodeId id)
    {
        const onnx::NodeProto &node = m_graph.node(id);
        NodePlan entry {m_graph.layerName(id), node.op_type(), NodeForm::Float, {}};
        if (m_excluded.contains(id)) {
            entry.reason = sentence(QS_TR_NOOP("Sentence", "excluded"));
        } else if (isOp(node, "Gather") && m_input.parameters.flag("embeddings")) {
            QS_CHECK(planTable(m_input, m_excluded, id, true, m_plan, entry));
        } else if ((isOp(node, "MatMul") || isOp(node, "Gemm")) && m_rules.isWeighted(id)) {
            QS_CHECK(planMatrix(id, entry));
        } else {
            entry.reason = hasSubGraphs(m_graph, id)
                ? m_rules.floatReason(id)
                : sentence(QS_TR_NOOP("Sentence", "kept float: only constant matrices are stored in blocks"));
        }
        m_plan.nodes.push_back(std::move(entry));
        return Done {};
    }

    Status planMatrix(NodeId id, NodePlan &entry)
    {
        const onnx::NodeProto &node = m_graph.node(id);
        QS_TRY(entry.reason, m_rules.integerProblem(id));
        if (!entry.reason.empty())
            return Done {};
        QS_TRY(const std::optional<Tensor> weight, m_input.model->constant(node.input(1)));
        if (!weight || weight->shape().size() != 2) {
            entry.reason = sentence(QS_TR_NOOP("Sentence", "kept float: its weight is no matrix"));
            return Done {};
        }
        TensorPlan tensor {.tensor = node.input(1),
                           .role = TensorRole::Weight,
                           .scheme
                           = {m_blocks.bits == 4 ? DType::UInt4 : DType::UInt8, m_blocks.symmetric, false}};
        tensor.blocks = m_blocks;
        tensor.ranges = {extentOf(weight->floats()).range};
        tensor.reason = m_blocks.searched
            ? sentence(QS_TR_NOOP("Sentence", "%1 bits in blocks of %2, range searched"), blockArguments())
            : sentence(QS_TR_NOOP("Sentence", "%1 bits in blocks of %2, rounded to nearest"),
                       blockArguments());
        m_plan.tensors[node.input(1)] = std::move(tensor);
        entry.form = NodeForm::WeightOnly;
        entry.reason = sentence(
            QS_TR_NOOP("Sentence", "weights of %1 bits in blocks of %2, float arithmetic"), blockArguments());
        return Done {};
    }

    std::vector<Text> blockArguments() const
    {
        return {std::to_string(m_blocks.bits), std::to_string(m_blocks.blockSize)};
    }

    const StrategyInput &m_input;
    const GraphView &m_graph;
    OperatorRules m_rules;
    BlockScheme m_blocks;
    std::set<NodeId> m_excluded;
    Plan m_plan;
};

class WeightOnlyStrategy : public Strategy
{
public:
    Result<std::vector<StatRequest>> statRequests(const StrategyInput &input) const override
    {
        QS_CHECK(excludedNodes(input.model->graph(), input.recipe));
        return std::vector<StatRequest> {};
    }

    Result<Plan> makePlan(const StrategyInput &input, const Statistics &, JobContext &job) const override
    {
        return WeightOnlyPlanner(input).plan(job);
    }
};

} // namespace

void register_weightonlystrategy(StrategyRegistry &registry)
{
    registry.add(
        {.id = "weight-only",
         .title = QS_TR_NOOP("Strategy", "Weight-only 4 / 8 bit"),
         .help = QS_TR_NOOP(
             "Strategy",
             "Matrices in blocks of 4 or 8 bits (MatMulNBits), activations in float. No calibration: "
             "for language models on ONNX Runtime."),
         .needsCalibration = false,
         .params
         = {choiceParam("bits", "4", {"4", "8"}, QS_TR_NOOP("Params", "Bits"),
                        QS_TR_NOOP("Params", "Of a weight. 8 needs ONNX Runtime 1.23 or newer.")),
            choiceParam(
                "block_size", "32", {"16", "32", "64", "128", "256"}, QS_TR_NOOP("Params", "Block size"),
                QS_TR_NOOP("Params",
                           "Weights that share a scale: smaller is more accurate and larger in file.")),
            boolParam(
                "symmetric", true, QS_TR_NOOP("Params", "Symmetric blocks"),
                QS_TR_NOOP("Params", "No zero point a block: smaller and faster, slightly less accurate.")),
            boolParam(
                "search", true, QS_TR_NOOP("Params", "Search ranges"),
                QS_TR_NOOP("Params", "Tries smaller ranges of each block for the least squared error.")),
            choiceParam("format", "matmulnbits", {"matmulnbits", "qdq"}, QS_TR_NOOP("Params", "File format"),
                        QS_TR_NOOP("Params",
                                   "matmulnbits: an operator of ONNX Runtime's own; qdq: standard ONNX "
                                   "(opset 21), blocks behind DequantizeLinear.")),
            choiceParam(
                "accuracy_level", "0", {"0", "1", "2", "3", "4"}, QS_TR_NOOP("Params", "Accuracy level"),
                QS_TR_NOOP("Params",
                           "0: the runtime computes in float; 4: it rounds inputs to 8 bits, which is "
                           "faster and loses about 1 %. Of matmulnbits only.")),
            boolParam("embeddings", true, QS_TR_NOOP("Params", "Integer embeddings"),
                      QS_TR_NOOP("Params", "Embedding tables are stored as INT8 too."))},
         .make = [] { return std::make_unique<WeightOnlyStrategy>(); }});
}

} // namespace qs
