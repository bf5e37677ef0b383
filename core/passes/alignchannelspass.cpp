// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Conv [24, …] ─► Q ─► DQ ─► depthwise [24] ─► Q ─► DQ ─► Conv [48, 24, 1, 1]
//      ⇒   Conv [32, …] ─► Q ─► DQ ─► depthwise [32] ─► Q ─► DQ ─► Conv [48, 32, 1, 1]
//
//   picture ─► Q ─► [N, 3, H, W] ─► DQ ─► Conv [32, 3, 3, 3]
//      ⇒   picture ─► Q ─► Pad ─► [N, 4, H, W] ─► DQ ─► Conv [32, 4, 3, 3]
//
// ONNX Runtime's integer convolutions on x86 (core/mlas/lib/convsym.cpp) take depthwise ones with a multiple
// of 16 channels, and others with inputs that are a multiple of 4 and at least 16 outputs, a multiple of 8.
// What else there is goes the way over a copied matrix, at twice the time or more (MobileNetV2's first layer
// 0.62 ms, with a fourth channel 0.25; depthwise 3x3 of 24 channels 0.52 ms, of 32 0.27; Sapphire Rapids, 1
// thread). What is added has weights of zero, so every result stays as it was, bit for bit. The float kernels
// fill up inside; the integer ones leave it to the model.
#include "core/base/paramspec.h"
#include "core/passes/integerconv.h"
#include "core/passes/opsetedits.h"
#include "core/passes/pass.h"
#include "core/plan/channelpadding.h"

#include <onnx/onnx_pb.h>

#include <nlohmann/json.hpp>

namespace qs {
namespace {

constexpr std::int64_t kPadOpset = 11; // pads as an input, integers of any type

/// \a channels rounded up. Null where they are a multiple already, or where it would add more than a third:
/// the fast kernel has to be faster than the other by more than it has to do more.
std::optional<std::int64_t> roundedUp(std::int64_t channels, std::int64_t multiple)
{
    const std::int64_t wanted = (channels + multiple - 1) / multiple * multiple;
    return wanted == channels || wanted - channels > channels / 3 ? std::nullopt : std::optional(wanted);
}

/// Names that are not UTF-8 cannot be kept in JSON: drift of their layers will not be told.
std::string text(const nlohmann::json &json)
{
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class Aligner
{
public:
    Aligner(GraphEdit &edit, const ChannelMultiples &multiples, PassReport &report)
        : m_edit(edit)
        , m_multiples(multiples)
        , m_report(report)
    { }

    Status run(JobContext &job)
    {
        for (const NodeId id : m_edit.nodes()) {
            job.throwIfStopped();
            QS_CHECK(widenAround(id));
        }
        for (const NodeId id : m_edit.nodes()) {
            job.throwIfStopped();
            QS_CHECK(padPicture(id));
        }
        if (!m_padding.isEmpty())
            m_edit.setMetadata(kChannelPaddingKey, text(m_padding.toJson()));
        return Done {};
    }

private:
    /// Convolutions that have to change together, each once.
    struct Group
    {
        std::vector<IntegerConv> makers; ///< get more output channels
        std::vector<IntegerConv> readers; ///< over all channels: get more input channels
    };

    /// From the Conv that feeds the depthwise one \a id on.
    Status widenAround(NodeId id)
    {
        QS_TRY(const std::optional<IntegerConv> depthwise, readIntegerConv(m_edit, id));
        if (!depthwise || !depthwise->isDepthwise())
            return Done {};
        const auto wanted = roundedUp(depthwise->outputs(), m_multiples.depthwise);
        const auto source = wanted ? makerOf(*depthwise) : std::nullopt;
        if (!source)
            return Done {};
        QS_TRY(const std::optional<IntegerConv> first, readIntegerConv(m_edit, *source));
        if (!first || first->groups != 1)
            return Done {};
        Group group {{*first}, {}};
        QS_TRY(const bool isWhole, follow(*first, group));
        if (!isWhole)
            return Done {};
        for (const IntegerConv &conv : group.makers) {
            m_padding.add(m_edit.node(conv.node).output(0), {conv.outputs(), *wanted});
            QS_CHECK(padOutputs(m_edit, conv, *wanted));
            ++m_report.changes;
        }
        for (const IntegerConv &conv : group.readers)
            QS_CHECK(padInputs(m_edit, conv, *wanted));
        return Done {};
    }

    /// Adds to \a group what reads the output of \a maker; false when somebody reads it who must not see
    /// more channels.
    Result<bool> follow(const IntegerConv &maker, Group &group)
    {
        const auto quantized = next(m_edit.node(maker.node).output(0), "QuantizeLinear");
        if (!quantized)
            return false;
        for (const std::string &integers : *quantized) {
            const auto values = next(integers, "DequantizeLinear");
            if (!values)
                return false;
            for (const std::string &value : *values) {
                QS_TRY(const bool isAdded, addReaders(value, group));
                if (!isAdded)
                    return false;
            }
        }
        return true;
    }

    Result<bool> addReaders(const std::string &value, Group &group)
    {
        for (const Use &use : m_edit.uses(value)) {
            QS_TRY(const bool isAdded, add(use, group));
            if (!isAdded)
                return false;
        }
        return !m_edit.isGraphOutput(value);
    }

    Result<bool> add(const Use &use, Group &group)
    {
        if (use.input != 0)
            return false;
        QS_TRY(const std::optional<IntegerConv> conv, readIntegerConv(m_edit, use.node));
        if (!conv || (conv->groups > 1 && !conv->isDepthwise()))
            return false;
        (conv->isDepthwise() ? group.makers : group.readers).push_back(*conv);
        return conv->isDepthwise() ? follow(*conv, group) : true;
    }

    /// What the readers of \a value make; null unless all of them are \a op with one grid for all channels.
    std::optional<std::vector<std::string>> next(const std::string &value, const char *op) const
    {
        std::vector<std::string> made;
        for (const Use &use : m_edit.uses(value)) {
            const onnx::NodeProto &node = m_edit.node(use.node);
            const onnx::TensorProto *scale
                = isOp(node, op) && use.input == 0 ? m_edit.initializer(node.input(1)) : nullptr;
            if (!scale || scale->dims_size() != 0)
                return std::nullopt;
            made.push_back(node.output(0));
        }
        return m_edit.isGraphOutput(value) ? std::nullopt : std::optional(made);
    }

    /// The node whose quantized output \a conv reads.
    std::optional<NodeId> makerOf(const IntegerConv &conv) const
    {
        const auto quantize = m_edit.producer(m_edit.node(conv.data).input(0));
        if (!quantize || !isOp(m_edit.node(*quantize), "QuantizeLinear"))
            return std::nullopt;
        return m_edit.producer(m_edit.node(*quantize).input(0));
    }

    /// The first layer: its input is padded while the model runs, which is worth a copy of it.
    Status padPicture(NodeId id)
    {
        QS_TRY(const std::optional<IntegerConv> conv, readIntegerConv(m_edit, id));
        if (!conv || conv->groups != 1 || m_edit.opset() < kPadOpset || !readsInput(*conv)
            || conv->outputs() % m_multiples.outputs != 0 || conv->outputs() < 2 * m_multiples.outputs)
            return Done {};
        const auto wanted = roundedUp(conv->inputs(), m_multiples.inputs);
        const onnx::NodeProto dequantize = m_edit.node(conv->data);
        if (!wanted || dequantize.input_size() < 3)
            return Done {};
        const std::string base = dequantize.input(0);
        std::vector<std::int64_t> pads(conv->weightShape.size() * 2, 0);
        pads[conv->weightShape.size() + 1] = *wanted - conv->inputs();
        onnx::NodeProto pad;
        pad.set_op_type("Pad");
        pad.set_name(m_edit.uniqueName(base + "_Pad"));
        pad.add_input(base);
        pad.add_input(addInts(m_edit, base + "_pads", pads));
        pad.add_input(dequantize.input(2)); // zero on this grid
        pad.add_output(m_edit.uniqueName(base + "_padded"));
        onnx::NodeProto real = dequantize;
        real.set_name(m_edit.uniqueName(dequantize.name() + "_padded"));
        real.set_input(0, pad.output(0));
        real.set_output(0, m_edit.uniqueName(dequantize.output(0) + "_padded"));
        m_edit.addNode(pad);
        m_edit.addNode(real);
        m_edit.setInput(id, 0, real.output(0));
        QS_CHECK(padInputs(m_edit, *conv, *wanted));
        ++m_report.changes;
        return Done {};
    }

    bool readsInput(const IntegerConv &conv) const
    {
        const auto quantize = m_edit.producer(m_edit.node(conv.data).input(0));
        return quantize && isOp(m_edit.node(*quantize), "QuantizeLinear")
            && m_edit.isGraphInput(m_edit.node(*quantize).input(0));
    }

    GraphEdit &m_edit;
    const ChannelMultiples m_multiples;
    PassReport &m_report;
    ChannelPadding m_padding;
};

Status alignChannels(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    const ChannelMultiples &multiples = context.plan->channelMultiples;
    return multiples == ChannelMultiples {} ? Status(Done {}) : Aligner(edit, multiples, report).run(job);
}

} // namespace

void register_alignchannelspass(PassRegistry &registry)
{
    registry.add({.id = "align-channels",
                  .title = QS_TR_NOOP("Pass", "Fill up channels to what fast kernels take"),
                  .phase = PassPhase::Quantize,
                  .order = 40,
                  .apply = alignChannels});
}

} // namespace qs
