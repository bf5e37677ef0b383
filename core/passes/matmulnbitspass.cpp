// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   MatMul(x, W float)     ⇒   com.microsoft.MatMulNBits(x, codes, scales[, zero points])
//   Gemm(x, W, b)          ⇒   the same + b
//
// Activations stay float; weights are read in 4 or 8 bits, which is what counts where memory is the limit.
#include "core/base/paramspec.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

/// \a matrix [k, n] as [n, k].
std::vector<float> transposed(std::span<const float> matrix, std::size_t rows, std::size_t columns)
{
    std::vector<float> result(matrix.size());
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c)
            result[c * rows + r] = matrix[r * columns + c];
    }
    return result;
}

void addInt(onnx::NodeProto &node, const char *name, std::int64_t value)
{
    auto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
}

class Rewriter
{
public:
    Rewriter(GraphEdit &edit, const Plan &plan)
        : m_edit(edit)
        , m_plan(plan)
    { }

    Result<bool> rewrite(NodeId id)
    {
        const onnx::NodeProto node = m_edit.node(id);
        const auto entry = m_plan.tensors.find(node.input(1));
        if (entry == m_plan.tensors.end() || !entry->second.blocks)
            return false;
        QS_TRY(const std::optional<Tensor> weight, m_edit.constant(node.input(1)));
        if (!weight || weight->shape().size() != 2)
            return false;
        const bool isTransposed = isOp(node, "Gemm") && intAttribute(node, "transB", 0) != 0;
        const std::int64_t n = weight->shape()[isTransposed ? 0 : 1];
        const std::int64_t k = weight->shape()[isTransposed ? 1 : 0];
        const Weight stored = store(node.input(1), *weight, isTransposed, n, k, *entry->second.blocks);
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
        addInt(made, "K", k);
        addInt(made, "N", n);
        addInt(made, "bits", entry->second.blocks->bits);
        addInt(made, "block_size", entry->second.blocks->blockSize);
        addInt(made, "accuracy_level", m_plan.accuracyLevel);
        m_edit.addNode(made);
        m_edit.setOpset("com.microsoft", 1);
        if (hasBias)
            addBias(base, made.output(0), node.input(2), node.output(0));
        return true;
    }

private:
    struct Weight
    {
        std::string codes;
        std::string scales;
        std::string zeroPoints; ///< empty: the middle
    };

    Weight store(const std::string &name, const Tensor &weight, bool isTransposed, std::int64_t n,
                 std::int64_t k, const BlockScheme &scheme)
    {
        if (const auto known = m_weights.find(name); known != m_weights.end())
            return known->second;
        const std::vector<float> turned = isTransposed
            ? std::vector<float>(weight.floats().begin(), weight.floats().end())
            : transposed(weight.floats(), static_cast<std::size_t>(k), static_cast<std::size_t>(n));
        const BlockCodes blocks = quantizeBlocks(turned, n, k, scheme);
        Weight stored {m_edit.uniqueName(name + "_codes"), m_edit.uniqueName(name + "_scales"), {}};
        m_edit.setInitializer(
            stored.codes,
            Tensor::fromValues<std::uint8_t>(
                DType::UInt8, {n, blocks.blocksPerRow, scheme.blockSize * scheme.bits / 8}, blocks.codes));
        m_edit.setInitializer(stored.scales, Tensor::fromFloats({n * blocks.blocksPerRow}, blocks.scales));
        if (!blocks.zeroPoints.empty()) {
            stored.zeroPoints = m_edit.uniqueName(name + "_zero_points");
            m_edit.setInitializer(
                stored.zeroPoints,
                Tensor::fromValues<std::uint8_t>(
                    DType::UInt8, {static_cast<std::int64_t>(blocks.zeroPoints.size())}, blocks.zeroPoints));
        }
        return m_weights[name] = stored;
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
    std::map<std::string, Weight> m_weights;
};

Status matMulNBits(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
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
