// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   x ──► Pad (zeros, spatial) ──► Conv(pads p)          ⇒   x ──► Conv(pads p + those)
//   x ──► Pad (zeros, spatial) ──► AveragePool(no pads)  ⇒   x ──► AveragePool(pads, count_include_pad)
//
// Converters from TensorFlow write the padding out. No runtime has an integer kernel for Pad, so it would be
// a float island before the integer convolution, and on TensorRT a pair between the two keeps them apart
// (TensorRT issue 2592). The pad must have no other reader and not be a graph output. The largest value of a
// MaxPool is another matter: what it pads with is below every number.
#include "core/base/paramspec.h"
#include "core/passes/opsetedits.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

using Ints = std::vector<std::int64_t>;

/// Zeros before and after each spatial dimension, begins first; null when \a pad does anything else.
Result<std::optional<Ints>> spatialZeros(const GraphEdit &edit, const onnx::NodeProto &pad)
{
    const std::optional<Ints> none;
    const auto inputOr = [&](int i) { return i < pad.input_size() ? pad.input(i) : std::string(); };
    if (stringAttribute(pad, "mode", "constant") != "constant" || !inputOr(3).empty())
        return none;
    QS_TRY(const std::optional<Tensor> pads, edit.constant(inputOr(1)));
    if (!pads || pads->type() != DType::Int64 || pads->size() < 6 || pads->size() % 2 != 0)
        return none;
    QS_TRY(const std::optional<Tensor> value, edit.constant(inputOr(2)));
    const bool isZero = inputOr(2).empty()
        || (value && value->type() == DType::Float32 && value->size() == 1 && value->floats()[0] == 0.F);
    const auto all = pads->data<std::int64_t>();
    const std::size_t rank = all.size() / 2;
    const bool isSpatial = all[0] == 0 && all[1] == 0 && all[rank] == 0 && all[rank + 1] == 0;
    if (!isZero || !isSpatial || std::ranges::any_of(all, [](std::int64_t p) { return p < 0; }))
        return none;
    Ints spatial(all.begin() + 2, all.begin() + static_cast<std::ptrdiff_t>(rank));
    spatial.insert(spatial.end(), all.begin() + static_cast<std::ptrdiff_t>(rank) + 2, all.end());
    return std::optional(spatial);
}

/// The only reader of what \a id makes, when that is its first input; null otherwise.
std::optional<NodeId> onlyReader(const GraphEdit &edit, NodeId id)
{
    const std::string &value = edit.node(id).output(0);
    const std::vector<Use> uses = edit.uses(value);
    if (edit.isGraphOutput(value) || uses.size() != 1 || uses[0].input != 0)
        return std::nullopt;
    return uses[0].node;
}

/// The pads that \a reader has of its own, for as many dimensions as \a zeros; null when they are computed.
std::optional<Ints> ownPads(const onnx::NodeProto &reader, const Ints &zeros)
{
    const std::string mode = stringAttribute(reader, "auto_pad", "NOTSET");
    Ints pads = intsAttribute(reader, "pads");
    if (pads.empty() || mode == "VALID")
        pads.assign(zeros.size(), 0);
    if ((mode != "NOTSET" && mode != "VALID") || pads.size() != zeros.size())
        return std::nullopt;
    return pads;
}

/// An average counts zeros of a Pad, so they must be counted as pads too; a runtime wants pads smaller than
/// the kernel; and windows that stick out (ceil_mode) are cut off elsewhere.
bool canPadAverage(const onnx::NodeProto &pool, const Ints &own, const Ints &zeros)
{
    const Ints kernel = intsAttribute(pool, "kernel_shape");
    if (!isOp(pool, "AveragePool") || intAttribute(pool, "ceil_mode", 0) != 0
        || kernel.size() * 2 != zeros.size())
        return false;
    const bool countsOwn = intAttribute(pool, "count_include_pad", 0) != 0
        || std::ranges::all_of(own, [](std::int64_t p) { return p == 0; });
    for (std::size_t i = 0; i < zeros.size(); ++i) {
        if (own[i] + zeros[i] >= kernel[i % kernel.size()])
            return false;
    }
    return countsOwn;
}

void setPads(onnx::NodeProto &node, const Ints &pads)
{
    eraseAttribute(node, "auto_pad");
    eraseAttribute(node, "pads");
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name("pads");
    attribute.set_type(onnx::AttributeProto::INTS);
    attribute.mutable_ints()->Assign(pads.begin(), pads.end());
}

Status foldPad(GraphEdit &edit, NodeId id, PassReport &report)
{
    QS_TRY(const std::optional<Ints> zeros, spatialZeros(edit, edit.node(id)));
    const auto reader = onlyReader(edit, id);
    if (!zeros || !reader)
        return Done {};
    std::optional<Ints> pads = ownPads(edit.node(*reader), *zeros);
    const bool isAverage = isOp(edit.node(*reader), "AveragePool");
    if (!pads || !(isOp(edit.node(*reader), "Conv") || canPadAverage(edit.node(*reader), *pads, *zeros)))
        return Done {};
    std::ranges::transform(*pads, *zeros, pads->begin(), std::plus {});
    const std::string input = edit.node(id).input(0);
    edit.removeValueInfo(edit.node(id).output(0));
    edit.removeNode(id);
    edit.setInput(*reader, 0, input);
    setPads(edit.mutableNode(*reader), *pads);
    if (isAverage) {
        eraseAttribute(edit.mutableNode(*reader), "count_include_pad");
        setAttribute(edit.mutableNode(*reader), "count_include_pad", std::int64_t {1});
    }
    ++report.changes;
    return Done {};
}

Status foldPads(GraphEdit &edit, const PassContext &, PassReport &report, JobContext &job)
{
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        if (isOp(edit.node(id), "Pad"))
            QS_CHECK(foldPad(edit, id, report));
    }
    return Done {};
}

} // namespace

void register_foldpadpass(PassRegistry &registry)
{
    registry.add({.id = "fold-pad",
                  .title = QS_TR_NOOP("Pass", "Fold padding into convolutions"),
                  .phase = PassPhase::Prepare,
                  .order = 25,
                  .apply = foldPads});
}

} // namespace qs
