// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Conv(x, W float, b float)   ⇒   Conv(x, DQ(W int8, s_w[c], 0), DQ(b int32, s_x·s_w[c]))
//
// For every integer node of the plan, each constant input becomes an integer initializer behind a
// DequantizeLinear of its own (`axis` is always written where there is one: its default is 1, not 0). The
// float initializer goes with the dead code unless somebody else reads it. Constants that come out as the
// same integers (a model may store a table twice) are stored once; each keeps its own scale.
#include "core/base/paramspec.h"
#include "core/base/sha256.h"
#include "core/model/weightedop.h"
#include "core/passes/constantgrid.h"
#include "core/passes/pass.h"
#include "core/passes/qdqnodes.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

constexpr std::size_t kWorthSharing = 64; // elements

std::vector<float> scalesOf(const TensorPlan &plan)
{
    std::vector<float> scales;
    for (const ScaleZeroPoint &params : plan.params)
        scales.push_back(params.scale);
    return scales;
}

class ConstantQuantizer
{
public:
    ConstantQuantizer(GraphEdit &edit, const Plan &plan, PassReport &report)
        : m_edit(edit)
        , m_plan(plan)
        , m_report(report)
    { }

    Status quantizeInputs(NodeId id)
    {
        const std::string layer = m_edit.layerName(id);
        for (int i = 0; i < m_edit.node(id).input_size(); ++i) {
            const std::string name = m_edit.node(id).input(i);
            const bool hasBias = isOp(m_edit.node(id), "Conv") || isOp(m_edit.node(id), "ConvTranspose")
                || isOp(m_edit.node(id), "Gemm") || isNormalization(m_edit.node(id));
            const auto entry = m_plan.tensors.find(hasBias && i == 2 ? biasKey(layer) : name);
            if (entry == m_plan.tensors.end() || entry->second.role == TensorRole::Activation)
                continue;
            QS_TRY(const std::optional<Tensor> constant, m_edit.constant(name));
            if (!constant)
                continue;
            const QuantizedValue quantized = entry->second.role == TensorRole::Bias
                ? addBias(name, *constant, entry->second)
                : addWeight(name, *constant, entry->second);
            m_edit.setInput(id, i, addDequantize(m_edit, name, quantized));
            ++m_report.changes;
        }
        return Done {};
    }

private:
    QuantizedValue addWeight(const std::string &name, const Tensor &constant, const TensorPlan &plan)
    {
        if (const auto known = m_weights.find(name); known != m_weights.end())
            return known->second;
        QuantizedValue value = addGrid(m_edit, name, plan);
        value.data = addIntegers(name + "_quantized", quantizeConstant(constant, plan));
        return m_weights[name] = value;
    }

    /// The initializer that holds \a integers: one that is there already, or a new one named after \a name.
    std::string addIntegers(const std::string &name, const Tensor &integers)
    {
        if (integers.size() < kWorthSharing) {
            const std::string added = m_edit.uniqueName(name);
            m_edit.setInitializer(added, integers);
            return added;
        }
        const std::string content = std::string(toString(integers.type())) + toString(integers.shape())
            + Sha256().update(integers.bytes()).hexDigest();
        const auto [known, isNew] = m_integers.try_emplace(content);
        if (isNew) {
            known->second = m_edit.uniqueName(name);
            m_edit.setInitializer(known->second, integers);
        }
        return known->second;
    }

    QuantizedValue addBias(const std::string &name, const Tensor &constant, const TensorPlan &plan)
    {
        const std::vector<float> scales = scalesOf(plan);
        const std::size_t channels = std::max(constant.size(), scales.size());
        std::vector<float> values(constant.floats().begin(), constant.floats().end());
        values.resize(channels, values.front()); // a bias of one number serves every channel
        for (std::size_t c = 0; c < std::min(channels, plan.shift.size()); ++c)
            values[c] += plan.shift[c];
        int saturated = 0;
        const std::vector<std::int32_t> integers = quantizeBias(values, 1.F, scales, saturated);
        if (saturated > 0)
            m_report.findings.push_back(
                {Severity::Warning, "bias-saturated", name,
                 countedSentence(QS_TR_N_NOOP("Sentence", "%n value(s) did not fit in 32 bits"), saturated)});
        QuantizedValue value;
        value.axis = plan.axis;
        value.scale = m_edit.uniqueName(name + "_quantized_scale");
        m_edit.setInitializer(
            value.scale,
            Tensor::fromFloats(plan.axis ? Shape {static_cast<std::int64_t>(scales.size())} : Shape {},
                               scales));
        value.data = m_edit.uniqueName(name + "_quantized");
        m_edit.setInitializer(
            value.data,
            Tensor::fromValues<std::int32_t>(DType::Int32, {static_cast<std::int64_t>(channels)}, integers));
        return value;
    }

    GraphEdit &m_edit;
    const Plan &m_plan;
    PassReport &m_report;
    std::map<std::string, QuantizedValue> m_weights;
    std::map<std::string, std::string> m_integers; ///< type, shape and digest → initializer
};

Status quantizeConstants(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    const std::set<std::string> layers = context.plan->layersOf(NodeForm::Integer);
    ConstantQuantizer quantizer(edit, *context.plan, report);
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        if (layers.contains(edit.layerName(id)))
            QS_CHECK(quantizer.quantizeInputs(id));
    }
    return Done {};
}

} // namespace

void register_quantizeconstantspass(PassRegistry &registry)
{
    registry.add({.id = "quantize-constants",
                  .title = QS_TR_NOOP("Pass", "Quantize weights and biases"),
                  .phase = PassPhase::Quantize,
                  .order = 10,
                  .apply = quantizeConstants});
}

} // namespace qs
