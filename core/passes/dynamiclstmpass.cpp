// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   LSTM(X, W[d,4h,i], R[d,4h,h], …)   ⇒   com.microsoft.DynamicQuantizeLSTM(X, W_q[d,i,4h], R_q[d,h,4h], …,
//                                              s_W, 0, s_R, 0)
//
// Source: onnxruntime docs/ContribOperators.md, com.microsoft.DynamicQuantizeLSTM; there is none for GRU.
#include "core/base/paramspec.h"
#include "core/passes/constantgrid.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

/// [d, r, c] → [d, c, r], of bytes.
Tensor lastAxesSwapped(const Tensor &tensor)
{
    const auto rows = static_cast<std::size_t>(tensor.shape()[1]);
    const auto columns = static_cast<std::size_t>(tensor.shape()[2]);
    Tensor result(tensor.type(), {tensor.shape()[0], tensor.shape()[2], tensor.shape()[1]});
    const auto source = tensor.bytes();
    const auto target = result.mutableBytes();
    for (std::size_t i = 0; i < source.size(); ++i) {
        const std::size_t matrix = i / (rows * columns) * (rows * columns);
        const std::size_t row = i / columns % rows;
        target[matrix + i % columns * rows + row] = source[i];
    }
    return result;
}

struct IntegerWeight
{
    std::string data;
    std::string scale;
    std::string zeroPoint;
};

Result<IntegerWeight> addWeight(GraphEdit &edit, const std::string &name, const TensorPlan &plan)
{
    QS_TRY(const std::optional<Tensor> constant, edit.constant(name));
    if (!constant)
        return Error {ErrorCode::Runtime, name, "is no longer constant"};
    const std::int64_t directions = constant->shape()[0];
    const auto grids = static_cast<std::int64_t>(plan.params.size());
    // One scale a direction, or one a direction and row.
    const bool isPerRow = grids > 1;
    const Shape shape = isPerRow ? Shape {directions, grids / directions} : Shape {directions};
    std::vector<float> scales;
    for (const ScaleZeroPoint &params : plan.params)
        scales.push_back(params.scale);
    if (!isPerRow)
        scales.assign(static_cast<std::size_t>(directions), plan.params[0].scale);
    IntegerWeight weight {edit.uniqueName(name + "_quantized"), edit.uniqueName(name + "_scale"),
                          edit.uniqueName(name + "_zero_point")};
    edit.setInitializer(weight.data, lastAxesSwapped(quantizeConstant(*constant, plan)));
    edit.setInitializer(weight.scale, Tensor::fromFloats(shape, scales));
    edit.setInitializer(weight.zeroPoint, Tensor(plan.scheme.type, shape));
    return weight;
}

Result<bool> rewrite(GraphEdit &edit, NodeId id, const Plan &plan)
{
    constexpr int kInputs = 8; // X W R B sequence_lens initial_h initial_c P
    const auto weights = plan.tensors.find(edit.node(id).input(1));
    const auto recurrent = plan.tensors.find(edit.node(id).input(2));
    if (weights == plan.tensors.end() || recurrent == plan.tensors.end())
        return false;
    QS_TRY(const IntegerWeight w, addWeight(edit, edit.node(id).input(1), weights->second));
    QS_TRY(const IntegerWeight r, addWeight(edit, edit.node(id).input(2), recurrent->second));
    onnx::NodeProto &node = edit.mutableNode(id);
    node.set_op_type("DynamicQuantizeLSTM");
    node.set_domain("com.microsoft");
    edit.setInput(id, 1, w.data);
    edit.setInput(id, 2, r.data);
    const std::string *const grids[] = {&w.scale, &w.zeroPoint, &r.scale, &r.zeroPoint};
    for (int i = 0; i < 4; ++i)
        edit.setInput(id, kInputs + i, *grids[i]);
    edit.setOpset("com.microsoft", 1);
    return true;
}

Status dynamicLstm(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    const std::set<std::string> layers = context.plan->layersOf(NodeForm::Dynamic);
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        if (!isOp(edit.node(id), "LSTM") || !layers.contains(edit.layerName(id)))
            continue;
        QS_TRY(const bool changed, rewrite(edit, id, *context.plan));
        report.changes += changed ? 1 : 0;
    }
    return Done {};
}

} // namespace

void register_dynamiclstmpass(PassRegistry &registry)
{
    registry.add({.id = "dynamic-lstm",
                  .title = QS_TR_NOOP("Pass", "Run LSTM layers on integer weights"),
                  .phase = PassPhase::Quantize,
                  .order = 21,
                  .apply = dynamicLstm});
}

} // namespace qs
