// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/traingraphbuilder.h"

#include "core/model/cliplimits.h"
#include "core/model/graphview.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

bool hasBias(const onnx::NodeProto &node)
{
    return isOp(node, "Conv") || isOp(node, "ConvTranspose") || isOp(node, "Gemm");
}

class Builder
{
public:
    Builder(const Model &model, const Plan *plan, const std::set<std::string> &fixed,
            const std::set<std::string> &normalized)
        : m_model(model)
        , m_view(model.graph())
        , m_plan(plan)
        , m_fixed(fixed)
        , m_normalized(normalized)
    {
        if (!plan)
            return;
        for (const NodePlan &node : plan->nodes)
            m_forms[node.layer] = node.form;
    }

    Result<TrainGraph> build()
    {
        m_graph.opset = m_model.opset();
        if (!m_view.subGraphs().empty())
            return Error {ErrorCode::Unsupported, m_view.layerName(m_view.subGraphs().front().first),
                          "has a sub-graph of its own, which cannot be trained through"};
        for (const ValueInfo &input : m_view.inputs()) {
            const int value = addValue(input.name);
            m_graph.inputs.push_back(value);
            m_current[input.name] = value;
            roundActivation(input.name);
        }
        for (const NodeId id : m_view.topologicalOrder())
            QS_CHECK(addNode(id));
        for (const ValueInfo &output : m_view.outputs()) {
            QS_TRY(const int value, current(output.name));
            m_graph.outputs.push_back(value);
        }
        limitAbsorbedGrids();
        return std::move(m_graph);
    }

private:
    int addValue(const std::string &name, Tensor constant = {}, bool trainable = false)
    {
        m_graph.values.push_back({name, std::move(constant), trainable});
        return static_cast<int>(m_graph.values.size()) - 1;
    }

    TrainValue &value(int index) { return m_graph.values[static_cast<std::size_t>(index)]; }

    /// What readers of \a name get: rounded where it is planned so.
    Result<int> current(const std::string &name)
    {
        if (const auto it = m_current.find(name); it != m_current.end())
            return it->second;
        QS_TRY(const std::optional<Tensor> constant, m_model.constant(name));
        if (!constant)
            return Error {ErrorCode::Format, name, "is read but never made"};
        return m_current[name] = addValue(name, *constant);
    }

    NodeForm formOf(NodeId id) const
    {
        const auto it = m_forms.find(m_view.layerName(id));
        return it == m_forms.end() ? NodeForm::Float : it->second;
    }

    const TensorPlan *planOf(const std::string &tensor) const
    {
        if (!m_plan)
            return nullptr;
        const auto it = m_plan->tensors.find(tensor);
        return it == m_plan->tensors.end() || it->second.blocks ? nullptr : &it->second;
    }

    int gridOf(const std::string &tensor, const TensorPlan &plan)
    {
        const std::string owner = gridOwner(*m_plan, tensor);
        const auto [it, isNew] = m_grids.try_emplace(owner, static_cast<int>(m_graph.grids.size()));
        if (isNew) {
            TrainGrid grid;
            grid.tensor = owner;
            grid.isWeight = plan.role == TensorRole::Weight;
            grid.axis = plan.axis;
            grid.scheme = plan.scheme;
            grid.limits = limitsOf(plan.scheme);
            grid.params = plan.params;
            m_graph.grids.push_back(std::move(grid));
        }
        TrainGrid &grid = m_graph.grids[static_cast<std::size_t>(it->second)];
        grid.fixed = grid.fixed || m_fixed.contains(tensor) || isSigmoid(tensor);
        return it->second;
    }

    /// Runtimes give the output of Sigmoid a grid of its own.
    bool isSigmoid(const std::string &tensor) const
    {
        const auto producer = m_view.producer(tensor);
        return producer
            && (isOp(m_view.node(*producer), "Sigmoid") || isOp(m_view.node(*producer), "Softmax"));
    }

    void roundActivation(const std::string &name)
    {
        const TensorPlan *plan = planOf(name);
        if (!plan || plan->role != TensorRole::Activation)
            return;
        const int rounded = addValue(name + "_rounded");
        m_graph.nodes.push_back(
            {name, "FakeQuantize", {m_current.at(name)}, {rounded}, {}, gridOf(name, *plan), -1});
        m_current[name] = rounded;
    }

    /// A constant of an integer node, rounded; -1 when it has no plan.
    Result<int> roundConstant(NodeId id, int input)
    {
        const onnx::NodeProto &node = m_view.node(id);
        const std::string &name = node.input(input);
        const bool isBias = hasBias(node) && input == 2;
        const TensorPlan *plan = planOf(isBias ? biasKey(m_view.layerName(id)) : name);
        if (!plan || plan->role == TensorRole::Activation)
            return -1;
        QS_TRY(const std::optional<Tensor> constant, m_model.constant(name));
        if (!constant)
            return -1;
        return plan->role == TensorRole::Bias ? roundBias(id, *constant, *plan) : roundWeight(name, *plan);
    }

    Result<int> roundWeight(const std::string &name, const TensorPlan &plan)
    {
        if (const auto it = m_roundedWeights.find(name); it != m_roundedWeights.end())
            return it->second;
        QS_TRY(const int weight, current(name));
        value(weight).trainable = value(weight).constant.type() == DType::Float32;
        const int rounded = addValue(name + "_rounded");
        m_graph.nodes.push_back({name, "FakeQuantize", {weight}, {rounded}, {}, gridOf(name, plan), -1});
        return m_roundedWeights[name] = rounded;
    }

    /// Int32 steps that follow from the grids of input and weight; with the plan's correction added.
    Result<int> roundBias(NodeId id, const Tensor &constant, const TensorPlan &plan)
    {
        const onnx::NodeProto &node = m_view.node(id);
        const std::string layer = m_view.layerName(id);
        const TensorPlan *inputPlan = planOf(node.input(0));
        const TensorPlan *weightPlan = planOf(node.input(1));
        if (!inputPlan || !weightPlan)
            return -1;
        const std::string &name = node.input(2);
        const int bias = ownBias(name, layer, constant, plan.shift.size());
        const int rounded = addValue(biasKey(layer) + "_rounded");
        m_graph.nodes.push_back({biasKey(layer),
                                 "FakeQuantizeBias",
                                 {bias},
                                 {rounded},
                                 {},
                                 gridOf(node.input(1), *weightPlan),
                                 gridOf(node.input(0), *inputPlan)});
        return rounded;
    }

    /// The bias of one layer only: where several use one initializer, each gets its own.
    int ownBias(const std::string &name, const std::string &layer, const Tensor &constant,
                std::size_t channels)
    {
        Tensor values = constant;
        if (constant.size() == 1 && channels > 1) {
            const std::vector<float> wide(channels, constant.floats()[0]);
            values = Tensor::fromFloats({static_cast<std::int64_t>(channels)}, wide);
        }
        const bool alone = m_view.uses(name).size() == 1;
        return addValue(alone ? name : biasKey(layer), std::move(values), true);
    }

    /// Whether training may change constant input \a input of \a node.
    bool isTrainable(const onnx::NodeProto &node, int input) const
    {
        if (isOp(node, "Conv") || isOp(node, "ConvTranspose") || isOp(node, "Gemm"))
            return input == 1 || input == 2;
        if (isOp(node, "LayerNormalization"))
            return input == 1 || input == 2;
        // Its statistics stay; scale and bias move unless they are used as something else, too.
        if (isOp(node, "BatchNormalization"))
            return (input == 1 || input == 2) && m_view.uses(node.input(input)).size() == 1;
        if (isOp(node, "MatMul"))
            return true;
        if (isOp(node, "Gather"))
            return input == 0;
        if (isOp(node, "Add")) {
            const auto producer = m_view.producer(node.input(1 - input));
            return producer && isOp(m_view.node(*producer), "MatMul");
        }
        return false;
    }

    Result<int> inputOf(NodeId id, int input)
    {
        const onnx::NodeProto &node = m_view.node(id);
        const std::string &name = node.input(input);
        if (name.empty())
            return -1;
        const NodeForm form = formOf(id);
        if (form == NodeForm::Integer || form == NodeForm::IntegerTable) {
            QS_TRY(const int rounded, roundConstant(id, input));
            if (rounded >= 0)
                return rounded;
        }
        QS_TRY(const int plain, current(name));
        TrainValue &constant = value(plain);
        if (constant.constant.type() == DType::Float32 && constant.constant.size() > 1
            && isTrainable(node, input))
            constant.trainable = true;
        return plain;
    }

    Status addNode(NodeId id)
    {
        const onnx::NodeProto &node = m_view.node(id);
        if (isOp(node, "Constant"))
            return Done {}; // read where it is used
        TrainNode made;
        made.layer = m_view.layerName(id);
        made.op = node.domain().empty() || node.domain() == "ai.onnx" ? node.op_type()
                                                                      : node.domain() + "." + node.op_type();
        for (int i = 0; i < node.input_size(); ++i) {
            QS_TRY(const int input, inputOf(id, i));
            made.inputs.push_back(input);
        }
        QS_TRY(made.attributes, attributesOf(node));
        for (const std::string &output : node.output()) {
            made.outputs.push_back(output.empty() ? -1 : addValue(output));
            if (!output.empty())
                m_current[output] = made.outputs.back();
        }
        const bool hasOwnBias = made.inputs.size() == 3 && made.inputs[2] >= 0;
        m_graph.nodes.push_back(std::move(made));
        if (hasOwnBias)
            QS_CHECK(addStatistics(node));
        // Integers that only moved are on their grid already.
        if (formOf(id) != NodeForm::Moves) {
            for (const std::string &output : node.output())
                roundActivation(output);
        }
        return Done {};
    }

    /// Behind a layer whose weights and bias are its own to change.
    Status addStatistics(const onnx::NodeProto &node)
    {
        const std::string &name = node.output(0);
        const bool isOwn = m_view.uses(node.input(1)).size() == 1 && m_view.uses(node.input(2)).size() == 1;
        if (!m_normalized.contains(name) || !isOwn || floatAttribute(node, "beta", 1.F) != 1.F)
            return Done {};
        QS_TRY(const int weight, current(node.input(1)));
        if (!value(weight).trainable)
            return Done {};
        const int normalized = addValue(name + "_normalized");
        m_graph.nodes.push_back({name, "BatchStatistics", {m_current.at(name)}, {normalized}, {}, -1, -1});
        m_current[name] = normalized;
        return Done {};
    }

    Result<std::map<std::string, TrainAttribute>> attributesOf(const onnx::NodeProto &node) const
    {
        std::map<std::string, TrainAttribute> attributes;
        for (const onnx::AttributeProto &attribute : node.attribute()) {
            const std::string &name = attribute.name();
            switch (attribute.type()) {
            case onnx::AttributeProto::INT:
                attributes[name] = std::int64_t {attribute.i()};
                break;
            case onnx::AttributeProto::FLOAT:
                attributes[name] = attribute.f();
                break;
            case onnx::AttributeProto::STRING:
                attributes[name] = attribute.s();
                break;
            case onnx::AttributeProto::INTS:
                attributes[name]
                    = std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end());
                break;
            case onnx::AttributeProto::FLOATS:
                attributes[name] = std::vector<float>(attribute.floats().begin(), attribute.floats().end());
                break;
            case onnx::AttributeProto::TENSOR: {
                QS_TRY(Tensor tensor, tensorFromProto(attribute.t(), m_model.externalData().get()));
                attributes[name] = std::move(tensor);
                break;
            }
            default:
                break; // no operator that can be trained through has others
            }
        }
        return attributes;
    }

    /// A grid that does the work of Relu or Clip must not grow over its limits.
    void limitAbsorbedGrids()
    {
        for (const NodeId id : m_view.topologicalOrder()) {
            const onnx::NodeProto &node = m_view.node(id);
            const auto limits = formOf(id) == NodeForm::Absorbed
                ? clippingLimits(node, [this](const std::string &name) { return m_model.constant(name); })
                : std::nullopt;
            const auto it = limits ? m_grids.find(gridOwner(*m_plan, node.output(0))) : m_grids.end();
            if (it == m_grids.end())
                continue;
            TrainGrid &grid = m_graph.grids[static_cast<std::size_t>(it->second)];
            grid.lowest = std::max(grid.lowest, limits->min);
            grid.highest = std::min(grid.highest, limits->max);
        }
    }

    const Model &m_model;
    const GraphView &m_view;
    const Plan *m_plan;
    const std::set<std::string> &m_fixed;
    const std::set<std::string> &m_normalized;
    TrainGraph m_graph;
    std::map<std::string, NodeForm> m_forms;
    std::map<std::string, int> m_current; ///< value → what its readers get
    std::map<std::string, int> m_roundedWeights;
    std::map<std::string, int> m_grids; ///< owner → grid
};

} // namespace

std::string gridOwner(const Plan &plan, const std::string &tensor)
{
    std::string owner = tensor;
    for (std::size_t hops = 0; hops < plan.tensors.size(); ++hops) {
        const auto it = plan.tensors.find(owner);
        if (it == plan.tensors.end() || it->second.sharedWith.empty())
            break;
        owner = it->second.sharedWith;
    }
    return owner;
}

Result<TrainGraph> makeTrainGraph(const Model &prepared, const Plan *plan, const std::set<std::string> &fixed,
                                  const std::set<std::string> &normalized)
{
    return Builder(prepared, plan, fixed, normalized).build();
}

} // namespace qs
