// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   MatMul(x, W float)     ⇒   com.microsoft.MatMulNBits(x, codes, scales[, zero points])
//   Gemm(x, W, b)          ⇒   the same + b
//
// Activations stay float; weights are read in 4 or 8 bits, which is what counts where memory is the limit.
#include "core/base/paramspec.h"
#include "core/passes/blockweights.h"
#include "core/passes/opsetedits.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

class Rewriter
{
public:
    Rewriter(GraphEdit &edit, const Plan &plan)
        : m_edit(edit)
        , m_plan(plan)
    { }

    Result<bool> rewrite(NodeId id)
    {
        QS_TRY(const std::optional<BlockWeight> weight, blockWeight(m_edit, id, m_plan));
        if (!weight)
            return false;
        const onnx::NodeProto node = m_edit.node(id);
        const Names stored = store(*weight);
        const bool hasBias = isOp(node, "Gemm") && node.input_size() > 2 && !node.input(2).empty();
        const std::string base = m_edit.layerName(id);
        m_edit.removeNode(id);
        onnx::NodeProto made;
        made.set_op_type("MatMulNBits");
        made.set_domain("com.microsoft");
        made.set_name(m_edit.uniqueName(base + "_MatMulNBits"));
        for (const std::string &input : {node.input(0), stored.codes, stored.scales})
            made.add_input(input);
        if (!stored.zeroPoints.empty())
            made.add_input(stored.zeroPoints);
        made.add_output(hasBias ? m_edit.uniqueName(base + "_product") : node.output(0));
        setAttribute(made, "K", weight->inputs);
        setAttribute(made, "N", weight->outputs);
        setAttribute(made, "bits", weight->scheme.bits);
        setAttribute(made, "block_size", weight->scheme.blockSize);
        setAttribute(made, "accuracy_level", m_plan.accuracyLevel);
        m_edit.addNode(made);
        m_edit.setOpset("com.microsoft", 1);
        if (hasBias)
            addBias(base, made.output(0), node.input(2), node.output(0));
        return true;
    }

private:
    struct Names
    {
        std::string codes;
        std::string scales;
        std::string zeroPoints; ///< empty: the middle
    };

    /// Layers may share a matrix, and one of them may have it the other way round.
    Names store(const BlockWeight &weight)
    {
        const auto key = std::pair(weight.name, weight.isTransposed);
        if (const auto known = m_weights.find(key); known != m_weights.end())
            return known->second;
        const BlockCodes &blocks = weight.blocks;
        Names stored {
            m_edit.uniqueName(weight.name + "_codes"), m_edit.uniqueName(weight.name + "_scales"), {}};
        m_edit.setInitializer(
            stored.codes,
            Tensor::fromValues<std::uint8_t>(
                DType::UInt8,
                {weight.outputs, blocks.blocksPerRow, weight.scheme.blockSize * weight.scheme.bits / 8},
                blocks.codes));
        m_edit.setInitializer(stored.scales,
                              Tensor::fromFloats({weight.outputs * blocks.blocksPerRow}, blocks.scales));
        if (!blocks.zeroPoints.empty()) {
            stored.zeroPoints = m_edit.uniqueName(weight.name + "_zero_points");
            m_edit.setInitializer(
                stored.zeroPoints,
                Tensor::fromValues<std::uint8_t>(
                    DType::UInt8, {static_cast<std::int64_t>(blocks.zeroPoints.size())}, blocks.zeroPoints));
        }
        return m_weights[key] = stored;
    }

    void addBias(const std::string &base, const std::string &product, const std::string &bias,
                 const std::string &output)
    {
        onnx::NodeProto add;
        add.set_op_type("Add");
        add.set_name(m_edit.uniqueName(base + "_bias"));
        add.add_input(product);
        add.add_input(bias);
        add.add_output(output);
        m_edit.addNode(add);
    }

    GraphEdit &m_edit;
    const Plan &m_plan;
    std::map<std::pair<std::string, bool>, Names> m_weights;
};

Status matMulNBits(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    if (context.plan->blocksInPairs)
        return Done {};
    const std::set<std::string> layers = context.plan->layersOf(NodeForm::WeightOnly);
    Rewriter rewriter(edit, *context.plan);
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        if (!layers.contains(edit.layerName(id)))
            continue;
        QS_TRY(const bool changed, rewriter.rewrite(id));
        report.changes += changed ? 1 : 0;
    }
    return Done {};
}

} // namespace

void register_matmulnbitspass(PassRegistry &registry)
{
    registry.add({.id = "matmul-nbits",
                  .title = QS_TR_NOOP("Pass", "Store matrices in blocks of few bits"),
                  .phase = PassPhase::Quantize,
                  .order = 22,
                  .apply = matMulNBits});
}

} // namespace qs
