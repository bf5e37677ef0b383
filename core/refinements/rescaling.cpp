// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/refinements/rescaling.h"

#include "core/base/jsontext.h"

#include <nlohmann/json.hpp>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <set>

namespace qs {
namespace {

class Rescaler
{
public:
    Rescaler(GraphEdit &edit, const Rescale &rescale)
        : m_edit(edit)
        , m_rescale(rescale)
        , m_tensors(rescale.tensors.begin(), rescale.tensors.end())
    { }

    Status apply()
    {
        if (!m_rescale.insertedAfter.empty())
            QS_CHECK(insertMul());
        std::set<NodeId> producers;
        std::set<NodeId> consumers;
        for (const std::string &tensor : m_rescale.tensors) {
            const auto producer = m_edit.producer(tensor);
            if (!producer)
                return problem(tensor);
            if (m_rescale.insertedAfter.empty())
                producers.insert(*producer);
            for (const Use &use : m_edit.uses(tensor))
                consumers.insert(use.node);
        }
        for (const NodeId id : producers)
            QS_CHECK(divide(id));
        for (const NodeId id : consumers) {
            if (!producers.contains(id))
                QS_CHECK(multiply(id));
        }
        return Done {};
    }

private:
    Error problem(const std::string &where) const
    {
        return {ErrorCode::Runtime, "rescaling of '" + where + "'", "does not fit the model"};
    }

    bool isRescaled(const std::string &value) const { return m_tensors.contains(value); }

    /// Replaces the constant input \a input of \a id; one that others read as well stays as it is.
    void setConstant(NodeId id, int input, const Tensor &value)
    {
        const std::string old = m_edit.node(id).input(input);
        if (m_edit.initializer(old) && m_edit.uses(old).size() == 1 && !m_edit.isGraphOutput(old)) {
            m_edit.setInitializer(old, value);
            return;
        }
        const std::string name = m_edit.uniqueName(old + "_rescaled");
        m_edit.setInitializer(name, value);
        m_edit.setInput(id, input, name);
    }

    Status insertMul()
    {
        const std::string &source = m_rescale.insertedAfter;
        const std::string &result = m_rescale.tensors.front();
        const std::vector<Use> uses = m_edit.uses(source);
        std::vector<float> factors;
        for (const float factor : m_rescale.factors)
            factors.push_back(1.F / factor);
        const std::string name = m_edit.uniqueName(result + "_factors");
        m_edit.setInitializer(name, Tensor::fromFloats({static_cast<std::int64_t>(factors.size())}, factors));
        onnx::NodeProto mul;
        mul.set_op_type("Mul");
        mul.set_name(result);
        mul.add_input(source);
        mul.add_input(name);
        mul.add_output(result);
        m_edit.addNode(mul);
        for (const Use &use : uses) {
            const onnx::NodeProto &reader = m_edit.node(use.node);
            if (use.input != 0 || (!isOp(reader, "MatMul") && !isOp(reader, "Gemm")))
                continue;
            QS_TRY(const auto weighted, readWeightedNode(m_edit, use.node));
            if (weighted)
                m_edit.setInput(use.node, 0, result);
        }
        return Done {};
    }

    /// Node \a id makes one of the tensors.
    Status divide(NodeId id)
    {
        const onnx::NodeProto &node = m_edit.node(id);
        if (node.input_size() > 0 && isRescaled(node.input(0)) && !isOp(node, "Add")) {
            if (isOp(node, "Clip"))
                divideLimit(id);
            return Done {};
        }
        QS_TRY(const std::optional<WeightedNode> weighted, readWeightedNode(m_edit, id));
        if (!weighted)
            return divideConstants(id);
        const WeightChannels channels = weightChannels(node, *weighted);
        if (static_cast<std::size_t>(weighted->channels) != m_rescale.factors.size()
            || channels.output.empty())
            return problem(node.output(0));
        std::vector<float> weight(weighted->weight.floats().begin(), weighted->weight.floats().end());
        for (std::size_t i = 0; i < weight.size(); ++i)
            weight[i] /= factor(channels.output[i]);
        setConstant(id, 1, Tensor::fromFloats(weighted->weight.shape(), weight));
        if (weighted->bias)
            setConstant(id, 2, divided(*weighted->bias));
        return Done {};
    }

    /// LayerNormalization, or Mul and Add with one constant a channel.
    Status divideConstants(NodeId id)
    {
        const onnx::NodeProto node = m_edit.node(id);
        bool found = false;
        for (int i = 0; i < node.input_size(); ++i) {
            if (node.input(i).empty())
                continue;
            QS_TRY(const std::optional<Tensor> constant, m_edit.constant(node.input(i)));
            if (!constant)
                continue;
            if (constant->type() != DType::Float32 || constant->size() != m_rescale.factors.size())
                return problem(node.output(0));
            setConstant(id, i, divided(*constant));
            found = true;
        }
        return found ? Status(Done {}) : Status(problem(node.output(0)));
    }

    /// Node \a id reads one of the tensors and makes none.
    Status multiply(NodeId id)
    {
        const onnx::NodeProto &node = m_edit.node(id);
        QS_TRY(const std::optional<WeightedNode> weighted, readWeightedNode(m_edit, id));
        if (!weighted || !isRescaled(node.input(0)))
            return problem(node.output(0));
        const WeightChannels channels = weightChannels(node, *weighted);
        if (static_cast<std::size_t>(channels.inputs) != m_rescale.factors.size() || channels.input.empty())
            return problem(node.output(0));
        std::vector<float> weight(weighted->weight.floats().begin(), weighted->weight.floats().end());
        for (std::size_t i = 0; i < weight.size(); ++i)
            weight[i] *= factor(channels.input[i]);
        setConstant(id, 1, Tensor::fromFloats(weighted->weight.shape(), weight));
        return Done {};
    }

    float factor(std::int32_t channel) const { return m_rescale.factors[static_cast<std::size_t>(channel)]; }

    Tensor divided(const Tensor &tensor) const
    {
        std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
        for (std::size_t c = 0; c < values.size(); ++c)
            values[c] /= m_rescale.factors[c];
        return Tensor::fromFloats(tensor.shape(), values);
    }

    void divideLimit(NodeId id)
    {
        const onnx::NodeProto &node = m_edit.node(id);
        if (node.input_size() > 2 && !node.input(2).empty()) {
            const auto limit = m_edit.constant(node.input(2));
            if (limit.ok() && limit.value() && limit.value()->type() == DType::Float32
                && limit.value()->size() == 1)
                setConstant(id, 2,
                            Tensor::fromFloats(
                                limit.value()->shape(),
                                std::vector<float> {limit.value()->floats()[0] / m_rescale.limitFactor}));
        } else if (findAttribute(node, "max")) {
            for (auto &attribute : *m_edit.mutableNode(id).mutable_attribute()) {
                if (attribute.name() == "max")
                    attribute.set_f(attribute.f() / m_rescale.limitFactor);
            }
        }
    }

    GraphEdit &m_edit;
    const Rescale &m_rescale;
    const std::set<std::string> m_tensors;
};

/// What \a edit says already, and \a added; inserted tensors are none of the network's.
std::string metadataOf(const Model &model, const std::vector<Rescale> &added)
{
    nlohmann::json list = nlohmann::json::array();
    if (const auto text = model.metadata(kRescaleKey)) {
        if (auto known = parseJson(*text); known.is_array())
            list = std::move(known);
    }
    for (const Rescale &rescale : added) {
        if (rescale.insertedAfter.empty())
            list.push_back(toJson(std::vector {rescale})[0]);
    }
    return list.dump();
}

} // namespace

WeightChannels weightChannels(const onnx::NodeProto &node, const WeightedNode &weighted)
{
    const Shape &shape = weighted.weight.shape();
    const std::int64_t groups = std::max<std::int64_t>(
        isOp(node, "Conv") || isOp(node, "ConvTranspose") ? intAttribute(node, "group", 1) : 1, 1);
    std::int64_t inner = 1;
    for (std::size_t d = 2; d < shape.size(); ++d)
        inner *= shape[d];
    if (shape[0] % groups != 0)
        return {};
    WeightChannels channels;
    const bool outputFirst = weighted.channelAxis == 0;
    channels.inputs = outputFirst ? shape[1] * groups : shape[0];
    const std::int64_t rowsPerGroup = shape[0] / groups;
    for (std::size_t i = 0; i < weighted.weight.size(); ++i) {
        const std::int64_t row = static_cast<std::int64_t>(i) / inner / shape[1];
        const std::int64_t column = static_cast<std::int64_t>(i) / inner % shape[1];
        const std::int64_t other = row / rowsPerGroup * shape[1] + column;
        channels.output.push_back(static_cast<std::int32_t>(outputFirst ? row : other));
        channels.input.push_back(static_cast<std::int32_t>(outputFirst ? other : row));
    }
    return channels;
}

Result<ModelPtr> applyRescales(const ModelPtr &model, const std::vector<Rescale> &rescales)
{
    if (rescales.empty())
        return model;
    GraphEdit edit(*model);
    for (const Rescale &rescale : rescales) {
        if (rescale.factors.empty() || rescale.tensors.empty())
            return Error {ErrorCode::Runtime, "rescaling", "without channels or tensors"};
        QS_CHECK(Rescaler(edit, rescale).apply());
    }
    edit.setMetadata(kRescaleKey, metadataOf(*model, rescales));
    return edit.finish();
}

} // namespace qs
