// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   DQ(x), DQ(W), DQ(b) ──► Conv ──► Q        ⇒   QLinearConv(x, s_x, z_x, W, s_W, z_W, s_y, z_y, b)
//   DQ(a), DQ(b) ──► Add ──► Q                ⇒   com.microsoft.QLinearAdd(a, s_a, z_a, b, s_b, z_b, s_y,
//   z_y) DQ(x) ──► MaxPool ──► Q, the same grid    ⇒   MaxPool(x)
//
// For runtimes that read operators on integers and do no fusing of their own. Order of inputs:
// onnx/docs/Operators.md and onnxruntime/docs/ContribOperators.md. DequantizeLinear nodes that lose their
// last reader go with the dead code; what has no integer operator keeps its pairs.
#include "core/base/paramspec.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

/// How the inputs of the integer operator are laid out.
enum class Form { Conv, Operands, Gemm, Concat };

struct IntegerOperator
{
    const char *op;
    const char *integerOp;
    const char *domain;
    Form form;
};

constexpr const char *kContrib = "com.microsoft";
constexpr IntegerOperator kOperators[] = {
    {"Conv", "QLinearConv", "", Form::Conv},
    {"MatMul", "QLinearMatMul", "", Form::Operands},
    {"Gemm", "QGemm", kContrib, Form::Gemm},
    {"Add", "QLinearAdd", kContrib, Form::Operands},
    {"Mul", "QLinearMul", kContrib, Form::Operands},
    {"AveragePool", "QLinearAveragePool", kContrib, Form::Operands},
    {"GlobalAveragePool", "QLinearGlobalAveragePool", kContrib, Form::Operands},
    {"LeakyRelu", "QLinearLeakyRelu", kContrib, Form::Operands},
    {"Sigmoid", "QLinearSigmoid", kContrib, Form::Operands},
    {"Concat", "QLinearConcat", kContrib, Form::Concat},
};

/// Operators that ONNX defines on integers as well and that only move or pick values.
constexpr const char *kMoves[]
    = {"MaxPool", "Reshape", "Flatten",   "Transpose", "Slice", "Squeeze",      "Unsqueeze", "Expand",
       "Gather",  "Split",   "ReduceMax", "ReduceMin", "Tile",  "DepthToSpace", "Resize"};

class Fuser
{
public:
    explicit Fuser(GraphEdit &edit)
        : m_edit(edit)
    { }

    Result<bool> fuse(NodeId id)
    {
        const std::string op = m_edit.node(id).op_type();
        if (!isOp(m_edit.node(id), op.c_str()))
            return false;
        if (std::ranges::find(kMoves, op) != std::end(kMoves))
            return fuseMove(id);
        const auto *const known = std::ranges::find(kOperators, op, &IntegerOperator::op);
        return known != std::end(kOperators) && fuseOperator(id, *known);
    }

private:
    /// The DequantizeLinear that makes \a value.
    const onnx::NodeProto *dequantizer(const std::string &value) const
    {
        const auto producer = m_edit.producer(value);
        if (!producer || !isOp(m_edit.node(*producer), "DequantizeLinear"))
            return nullptr;
        return &m_edit.node(*producer);
    }

    /// The QuantizeLinear that alone reads \a value.
    std::optional<NodeId> quantizer(const std::string &value) const
    {
        const std::vector<Use> uses = m_edit.uses(value);
        if (m_edit.isGraphOutput(value) || uses.size() != 1 || uses[0].input != 0
            || !isOp(m_edit.node(uses[0].node), "QuantizeLinear"))
            return std::nullopt;
        return uses[0].node;
    }

    static void appendGrid(std::vector<std::string> &inputs, const onnx::NodeProto &pair)
    {
        inputs.push_back(pair.input(1));
        inputs.push_back(pair.input_size() > 2 ? pair.input(2) : std::string());
    }

    bool fuseOperator(NodeId id, const IntegerOperator &known)
    {
        const onnx::NodeProto node = m_edit.node(id);
        std::vector<const onnx::NodeProto *> operands;
        for (const std::string &input : node.input()) {
            if (input.empty())
                continue;
            operands.push_back(dequantizer(input));
            if (!operands.back())
                return false;
        }
        const std::optional<NodeId> q = quantizer(node.output(0));
        if (!q && known.form != Form::Gemm)
            return false;
        std::vector<std::string> inputs;
        if (known.form == Form::Concat)
            appendGrid(inputs, m_edit.node(*q));
        const std::size_t data = known.form == Form::Conv || known.form == Form::Gemm ? 2 : operands.size();
        for (std::size_t i = 0; i < data; ++i) {
            inputs.push_back(operands[i]->input(0));
            appendGrid(inputs, *operands[i]);
        }
        const std::string bias = operands.size() > data ? operands[data]->input(0) : std::string();
        if (known.form == Form::Gemm)
            inputs.push_back(bias);
        if (known.form != Form::Concat && q)
            appendGrid(inputs, m_edit.node(*q));
        if (known.form == Form::Conv && !bias.empty())
            inputs.push_back(bias);
        replace(id, known, inputs, q);
        return true;
    }

    void replace(NodeId id, const IntegerOperator &known, std::vector<std::string> inputs,
                 std::optional<NodeId> q)
    {
        onnx::NodeProto fused = m_edit.node(id);
        fused.set_op_type(known.integerOp);
        fused.set_domain(known.domain);
        fused.clear_input();
        while (!inputs.empty() && inputs.back().empty())
            inputs.pop_back();
        for (const std::string &input : inputs)
            fused.add_input(input);
        if (q)
            fused.set_output(0, m_edit.node(*q).output(0));
        if (known.form == Form::Gemm) {
            auto &attributes = *fused.mutable_attribute();
            attributes.erase(std::remove_if(attributes.begin(), attributes.end(),
                                            [](const auto &a) { return a.name() == "beta"; }),
                             attributes.end());
        }
        if (q)
            m_edit.removeNode(*q);
        m_edit.removeNode(id);
        m_edit.addNode(fused);
        if (*known.domain)
            m_edit.setOpset(known.domain, 1);
    }

    /// An operator that moves values moves integers as well, when the grid is the same on both sides.
    Result<bool> fuseMove(NodeId id)
    {
        const onnx::NodeProto node = m_edit.node(id);
        const onnx::NodeProto *const in = node.input_size() > 0 ? dequantizer(node.input(0)) : nullptr;
        if (!in)
            return false;
        const std::string integers = in->input(0);
        std::vector<NodeId> quantizers;
        for (const std::string &output : node.output()) {
            const std::optional<NodeId> q = quantizer(output);
            if (!q)
                return false;
            QS_TRY(const bool isSame, haveSameGrid(*in, m_edit.node(*q)));
            if (!isSame)
                return false;
            quantizers.push_back(*q);
        }
        std::vector<std::string> outputs;
        for (const NodeId q : quantizers) {
            outputs.push_back(m_edit.node(q).output(0));
            m_edit.removeNode(q);
        }
        m_edit.setInput(id, 0, integers);
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            m_edit.removeValueInfo(node.output(static_cast<int>(i)));
            m_edit.setOutput(id, static_cast<int>(i), outputs[i]);
        }
        return true;
    }

    Result<bool> haveSameGrid(const onnx::NodeProto &a, const onnx::NodeProto &b) const
    {
        if (a.input_size() != b.input_size())
            return false;
        for (int i = 1; i < a.input_size(); ++i) {
            QS_TRY(const std::optional<Tensor> first, m_edit.constant(a.input(i)));
            QS_TRY(const std::optional<Tensor> second, m_edit.constant(b.input(i)));
            if (!first || !second || first->type() != second->type()
                || !std::ranges::equal(first->bytes(), second->bytes()))
                return false;
        }
        return true;
    }

    GraphEdit &m_edit;
};

Status makeOperators(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    if (!context.plan || context.plan->format != FileFormat::QOperator)
        return Done {};
    Fuser fuser(edit);
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        if (!edit.isAlive(id))
            continue;
        QS_TRY(const bool fused, fuser.fuse(id));
        report.changes += fused ? 1 : 0;
    }
    return Done {};
}

} // namespace

void register_qoperatorpass(PassRegistry &registry)
{
    registry.add({.id = "qoperator",
                  .title = QS_TR_NOOP("Pass", "Write operators on integers"),
                  .phase = PassPhase::Tidy,
                  .order = 10,
                  .apply = makeOperators});
}

} // namespace qs
