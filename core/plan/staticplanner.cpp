// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/plan/staticplanner.h"

#include "core/calibration/observer.h"
#include "core/model/weightedop.h"
#include "core/plan/biascorrection.h"
#include "core/plan/biasplan.h"
#include "core/plan/exclusions.h"
#include "core/plan/operatorrules.h"
#include "core/plan/tableplan.h"
#include "core/plan/weightplan.h"
#include "core/plan/weightrange.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

class StaticPlanner
{
public:
    StaticPlanner(const StrategyInput &input, const Target &target, const Placement &placement,
                  const Statistics &statistics)
        : m_input(input)
        , m_target(target)
        , m_placement(placement)
        , m_statistics(statistics)
        , m_graph(input.model->graph())
    { }

    Result<Plan> plan(JobContext &job)
    {
        m_plan.strategy = m_input.recipe.strategy;
        m_plan.target = m_target.id;
        m_plan.format
            = m_input.parameters.text("format") == "qoperator" ? FileFormat::QOperator : FileFormat::Qdq;
        if (m_input.parameters.flag("align_channels"))
            m_plan.channelMultiples = m_target.channelMultiples;
        std::int64_t done = 0;
        for (const auto &[grid, sources] : m_placement.gridSources) {
            job.throwIfStopped();
            job.progress("plan", done++, static_cast<std::int64_t>(m_placement.gridSources.size()));
            QS_CHECK(planGrid(grid, sources));
        }
        for (const PlacedNode &node : m_placement.nodes) {
            job.throwIfStopped();
            NodePlan entry {m_graph.layerName(node.id), m_graph.node(node.id).op_type(), node.form,
                            node.reason};
            QS_CHECK(planEmbedding(node.id, entry));
            m_plan.nodes.push_back(std::move(entry));
            if (node.form == NodeForm::Integer)
                QS_CHECK(planConstants(node.id));
        }
        // A weight may serve several layers: its scales are settled before the first bias is planned on them.
        for (const Bias &bias : m_biases)
            widenWeight(bias);
        for (const Bias &bias : m_biases)
            planBias(bias);
        reportUnusedOverrides();
        return std::move(m_plan);
    }

private:
    /// The constant that the integer node \a layer adds to its sums.
    struct Bias
    {
        NodeId layer;
        Tensor value;
    };

    /// Tables that Gather reads rows of need no statistics, and are most of a small transformer.
    Status planEmbedding(NodeId id, NodePlan &entry)
    {
        if (entry.form != NodeForm::Float || !isOp(m_graph.node(id), "Gather")
            || !m_target.dynamicOps.contains("Gather") || !m_input.parameters.flag("embeddings"))
            return Done {};
        QS_TRY(const std::set<NodeId> excluded, excludedNodes(m_graph, m_input.recipe));
        if (excluded.contains(id))
            return Done {};
        NodePlan table = entry;
        QS_CHECK(planTable(m_input, excluded, id, m_target.perChannelWeights, m_plan, table));
        if (table.form == NodeForm::IntegerTable)
            entry = std::move(table);
        return Done {};
    }

    const TensorOverride *findOverride(const std::string &tensor)
    {
        for (const TensorOverride &entry : m_input.recipe.overrides) {
            if (entry.tensor == tensor && !entry.keepFloat) {
                m_usedOverrides.insert(tensor);
                return &entry;
            }
        }
        return nullptr;
    }

    /// The range of one activation and where it comes from.
    Result<std::pair<Range, Text>> sourceRange(const std::string &tensor)
    {
        const TensorOverride *entry = findOverride(tensor);
        if (entry && entry->range)
            return std::pair(*entry->range, sentence(QS_TR_NOOP("Sentence", "range set by hand")));
        const std::string id
            = entry && entry->observer ? *entry->observer : m_input.parameters.text("observer");
        const auto it = m_statistics.tensors.find(tensor);
        if (it == m_statistics.tensors.end() || it->second.count == 0)
            return Error {ErrorCode::Runtime, "tensor '" + tensor + "'", "calibration saw no finite value"};
        QS_TRY(const ObserverDescriptor *descriptor, builtinObservers().require(id, "observer"));
        ParamSet parameters(descriptor->params);
        for (const ParamSpec &spec : descriptor->params)
            QS_CHECK(parameters.set(spec.key, m_input.parameters.value(spec.key)));
        const Range range = descriptor->make(parameters)->range(it->second, m_target.activation);
        return std::pair(range,
                         countedSentence(QS_TR_N_NOOP("Sentence", "%1 over %n sample(s)"),
                                         static_cast<int>(m_statistics.samples), {id}));
    }

    /// Made by an operator whose results lie between 0 and 1.
    bool isProbability(const std::string &tensor) const
    {
        const auto producer = m_graph.producer(tensor);
        return producer
            && (isOp(m_graph.node(*producer), "Sigmoid") || isOp(m_graph.node(*producer), "Softmax"));
    }

    /// The grid of \a source is known without looking at values, and the user wants no other.
    bool hasFixedGrid(const std::string &source)
    {
        const TensorOverride *entry = findOverride(source);
        return isProbability(source) && !m_target.activation.symmetric
            && (!entry || (!entry->range && !entry->observer));
    }

    Status planGrid(const std::string &grid, const std::vector<std::string> &sources)
    {
        TensorPlan shared {.tensor = grid, .role = TensorRole::Activation, .scheme = m_target.activation};
        Range range {};
        Text reason;
        for (const std::string &tensor : sources) {
            QS_TRY(const auto found, sourceRange(tensor));
            range.min = std::min(range.min, found.first.min);
            range.max = std::max(range.max, found.first.max);
            reason = found.second;
        }
        if (range.max - range.min < m_target.smallestRange)
            range.max = range.min + m_target.smallestRange;
        ScaleZeroPoint params = chooseScale(range, m_target.activation);
        const QuantLimits limits = limitsOf(m_target.activation);
        const auto codes = static_cast<float>(limits.max - limits.min + 1);
        if (sources.size() == 1 && hasFixedGrid(sources[0])) {
            params = {1.F / codes, limits.min};
            range = {0.F, (codes - 1.F) / codes};
            reason = sentence(QS_TR_NOOP("Sentence", "fixed: results lie between 0 and 1"));
        }
        shared.ranges = {range};
        shared.params = {params};
        for (const auto &[tensor, itsGrid] : m_placement.grids) {
            if (itsGrid != grid)
                continue;
            TensorPlan entry = shared;
            entry.tensor = tensor;
            entry.reason = reason;
            if (std::find(sources.begin(), sources.end(), tensor) == sources.end()) {
                entry.sharedWith = sources.front();
                entry.reason = sentence(QS_TR_NOOP("Sentence", "same grid as %1"), {sources.front()});
            }
            m_plan.tensors[tensor] = std::move(entry);
        }
        return Done {};
    }

    Status planConstants(NodeId id)
    {
        const onnx::NodeProto &node = m_graph.node(id);
        const bool weighted = isOp(node, "Conv") || isOp(node, "ConvTranspose") || isOp(node, "Gemm")
            || isOp(node, "MatMul") || isNormalization(node);
        for (int i = 0; i < node.input_size(); ++i) {
            if (node.input(i).empty())
                continue;
            QS_TRY(const std::optional<Tensor> constant, m_input.model->constant(node.input(i)));
            if (!constant || constant->type() != DType::Float32)
                continue;
            if (weighted && i == 1)
                planWeight(node, *constant);
            else if (weighted && i == 2 && m_target.integerBias)
                m_biases.push_back({id, *constant});
            else if (weighted)
                continue;
            else
                planOperand(node.input(i), *constant);
        }
        return Done {};
    }

    void planWeight(const onnx::NodeProto &node, const Tensor &weight)
    {
        const std::string &name = node.input(1);
        if (m_plan.tensors.contains(name))
            return;
        const std::optional<int> axis
            = m_target.perChannelWeights ? weightChannelAxis(node, weight.shape().size()) : std::nullopt;
        TensorPlan &entry = m_plan.tensors[name];
        entry = qs::planWeight(name, weight, axis, m_target.weight);
        if (m_input.parameters.text("weight_range") == "mse")
            takeLeastErrorRanges(weight, entry);
        refineDeadChannels(entry);
    }

    float inputScale(NodeId layer) const
    {
        return m_plan.tensors.at(m_graph.node(layer).input(0)).params[0].scale;
    }

    void widenWeight(const Bias &bias)
    {
        TensorPlan &weight = m_plan.tensors.at(m_graph.node(bias.layer).input(1));
        const int widened = widenForBias(weight, bias.value, inputScale(bias.layer));
        if (widened > 0) {
            m_plan.findings.push_back(
                {Severity::Warning, "bias-scale-widened", m_graph.layerName(bias.layer),
                 countedSentence(
                     QS_TR_N_NOOP("Sentence", "%n weight scale(s) widened so that the bias fits in 32 bits"),
                     widened)});
        }
    }

    void planBias(const Bias &bias)
    {
        const onnx::NodeProto &node = m_graph.node(bias.layer);
        const TensorPlan &weight = m_plan.tensors.at(node.input(1));
        TensorPlan entry = qs::planBias(node.input(2), bias.value, weight, inputScale(bias.layer));
        if (m_input.parameters.flag("bias_correction") && !isNormalization(node))
            correctBias(node, weight, entry);
        m_plan.tensors[biasKey(m_graph.layerName(bias.layer))] = std::move(entry);
    }

    /// Needs the means of the input's channels, which calibration has where the strategy asked for them.
    void correctBias(const onnx::NodeProto &node, const TensorPlan &weight, TensorPlan &bias) const
    {
        const auto input = m_statistics.tensors.find(node.input(0));
        const auto constant = m_input.model->constant(node.input(1));
        if (input == m_statistics.tensors.end() || input->second.channelMeans.empty() || !constant.ok()
            || !constant.value())
            return;
        const WeightLayout layout {.groups = intAttribute(node, "group", 1),
                                   .inputFirst = isOp(node, "Gemm") && intAttribute(node, "transB", 0) == 0};
        bias.shift = biasShift(*constant.value(), weight, layout, input->second.channelMeans);
        if (!bias.shift.empty())
            bias.reason = sentence(QS_TR_NOOP("Sentence", "%1; corrected for the rounding of the weights"),
                                   {bias.reason});
    }

    /// A constant that meets an activation in Add, Mul, Concat or MatMul is quantized like an activation.
    void planOperand(const std::string &name, const Tensor &constant)
    {
        if (m_plan.tensors.contains(name))
            return;
        TensorPlan entry {.tensor = name, .role = TensorRole::Weight, .scheme = m_target.activation};
        entry.ranges = {extentOf(constant.floats()).range};
        entry.params = {chooseScale(entry.ranges[0], m_target.activation)};
        entry.reason = sentence(QS_TR_NOOP("Sentence", "constant operand, quantized like an activation"));
        m_plan.tensors[name] = std::move(entry);
    }

    void reportUnusedOverrides()
    {
        for (const TensorOverride &entry : m_input.recipe.overrides) {
            if (!entry.keepFloat && !m_usedOverrides.contains(entry.tensor)) {
                m_plan.findings.push_back(
                    {Severity::Warning, "override-unused", entry.tensor,
                     sentence(
                         QS_TR_NOOP("Sentence",
                                    "this tensor is not quantized on its own; the override has no effect"))});
            }
        }
    }

    const StrategyInput &m_input;
    const Target &m_target;
    const Placement &m_placement;
    const Statistics &m_statistics;
    const GraphView &m_graph;
    Plan m_plan;
    std::vector<Bias> m_biases; ///< planned after all weights
    std::set<std::string> m_usedOverrides;
};

} // namespace

Result<Plan> makeStaticPlan(const StrategyInput &input, const Target &target, const Placement &placement,
                            const Statistics &statistics, JobContext &job)
{
    return StaticPlanner(input, target, placement, statistics).plan(job);
}

} // namespace qs
