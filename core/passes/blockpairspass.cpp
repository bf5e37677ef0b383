// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   MatMul(x, W float)   ⇒   MatMul(x, DequantizeLinear<axis = 0, block_size>(codes, scales[, zero points]))
//   Gemm(x, W, b)        ⇒   the same, with transB = 0
//
// Standard ONNX (opset 21): any runtime can read it, and ONNX Runtime makes MatMulNBits of it (1.30: of 4 and
// of 8 bits, of MatMul and of Gemm). That wants a constant matrix [inputs, outputs] with blocks along axis 0,
// a power of two from 16 on (onnxruntime qdq_selectors.cc, DQMatMulNodeGroupSelector). Measured with 1.30.0,
// it multiplies in float, dequantizing at load, where layers share a matrix (it merges their DequantizeLinear
// into one with two readers) and where a MatMul is followed by Relu and another node (taken for the clip of a
// QDQ group).
#include "core/base/paramspec.h"
#include "core/passes/blockweights.h"
#include "core/passes/opsetedits.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

class PairRewriter
{
public:
    PairRewriter(GraphEdit &edit, const Plan &plan)
        : m_edit(edit)
        , m_plan(plan)
    { }

    Result<bool> rewrite(NodeId id)
    {
        QS_TRY(const std::optional<BlockWeight> weight, blockWeight(m_edit, id, m_plan));
        if (!weight)
            return false;
        const Names stored = store(*weight);
        onnx::NodeProto made;
        made.set_op_type("DequantizeLinear");
        made.set_name(m_edit.uniqueName(m_edit.layerName(id) + "_DequantizeLinear"));
        made.add_input(stored.codes);
        made.add_input(stored.scales);
        if (!stored.zeroPoints.empty())
            made.add_input(stored.zeroPoints);
        made.add_output(m_edit.uniqueName(weight->name + "_DequantizeLinear_Output"));
        setAttribute(made, "axis", 0);
        setAttribute(made, "block_size", weight->scheme.blockSize);
        m_edit.addNode(made);
        if (weight->isTransposed)
            eraseAttribute(m_edit.mutableNode(id), "transB");
        m_edit.setInput(id, 1, made.output(0));
        return true;
    }

private:
    struct Names
    {
        std::string codes;
        std::string scales;
        std::string zeroPoints; ///< empty: 0
    };

    Names store(const BlockWeight &weight)
    {
        const auto key = std::pair(weight.name, weight.isTransposed);
        if (const auto known = m_weights.find(key); known != m_weights.end())
            return known->second;
        const BlockColumns columns = byColumns(weight.blocks, weight.outputs, weight.inputs, weight.scheme);
        const bool isSigned = columns.zeroPoints.empty();
        const DType type = weight.scheme.bits == 4 ? (isSigned ? DType::Int4 : DType::UInt4)
                                                   : (isSigned ? DType::Int8 : DType::UInt8);
        const Shape grid {weight.blocks.blocksPerRow, weight.outputs};
        Names stored {add(weight.name + "_quantized", type, {weight.inputs, weight.outputs}, columns.codes),
                      m_edit.uniqueName(weight.name + "_scale"),
                      {}};
        m_edit.setInitializer(stored.scales, Tensor::fromFloats(grid, columns.scales));
        if (!isSigned)
            stored.zeroPoints = add(weight.name + "_zero_point", type, grid, columns.zeroPoints);
        return m_weights[key] = stored;
    }

    std::string add(const std::string &base, DType type, const Shape &shape,
                    const std::vector<std::uint8_t> &bytes)
    {
        Tensor tensor(type, shape);
        const std::span<std::byte> target = tensor.mutableBytes();
        assert(target.size() == bytes.size());
        std::ranges::copy(std::as_bytes(std::span(bytes)), target.begin());
        const std::string name = m_edit.uniqueName(base);
        m_edit.setInitializer(name, tensor);
        return name;
    }

    GraphEdit &m_edit;
    const Plan &m_plan;
    std::map<std::pair<std::string, bool>, Names> m_weights;
};

Status makePairs(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    if (!context.plan->blocksInPairs)
        return Done {};
    const std::set<std::string> layers = context.plan->layersOf(NodeForm::WeightOnly);
    PairRewriter rewriter(edit, *context.plan);
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

void register_blockpairspass(PassRegistry &registry)
{
    registry.add({.id = "block-pairs",
                  .title = QS_TR_NOOP("Pass", "Put matrices of few bits behind DequantizeLinear"),
                  .phase = PassPhase::Quantize,
                  .order = 23,
                  .apply = makePairs});
}

} // namespace qs
