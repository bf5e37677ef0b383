// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Opset 13 … 20  ⇒  opset 21, where DequantizeLinear knows blocks and 4-bit integers; only for plans that
// need it. Of all operators that have a new version in between, these mean something else in it:
//
//   Reduce… (18)    axes: attribute → input (ReduceSum has it so since 13)
//   Split (18)      equal parts are asked for by num_outputs
//   RoiAlign (16)   the shift by half a pixel became the default: coordinate_transformation_mode says no
//   GridSample (20) modes bilinear, bicubic → linear, cubic
//
// and these cannot be said in opset 21, or not without knowing shapes, so that the raise is refused:
//
//   BatchNormalization (14) with more than one output, AveragePool (19) with ceil_mode, DFT (20),
//   GroupNormalization (21), and any of all these inside an If, Loop or Scan.
//
// The others got new element types or new attributes whose default is what they did before. Source:
// onnx/docs/Changelog.md. AveragePool: since 19 a window that reaches beyond the padding counts less
// (ONNX Runtime: average_pool kernels of 7 and of 19).
#include "core/base/paramspec.h"
#include "core/model/subgraphs.h"
#include "core/passes/opsetedits.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace qs {
namespace {

constexpr std::int64_t kOldest = 13;
constexpr std::int64_t kWanted = 21;
constexpr std::int64_t kIrVersion = 10; // the one released with opset 21; 4-bit integers came with it

constexpr std::array<std::string_view, 9> kReductions {"ReduceL1",        "ReduceL2",   "ReduceLogSum",
                                                       "ReduceLogSumExp", "ReduceMax",  "ReduceMean",
                                                       "ReduceMin",       "ReduceProd", "ReduceSumSquare"};

bool isReduction(const onnx::NodeProto &node)
{
    return std::ranges::find(kReductions, node.op_type()) != kReductions.end();
}

bool hasInput(const onnx::NodeProto &node, int index)
{
    return index < node.input_size() && !node.input(index).empty();
}

/// Whether \a node, of the default domain, must be written differently in opset 21.
bool changes(const onnx::NodeProto &node, std::int64_t from)
{
    const std::string &op = node.op_type();
    return (from < 18 && isReduction(node) && findAttribute(node, "axes"))
        || (from < 18 && op == "Split" && !hasInput(node, 1)) || (from < 16 && op == "RoiAlign")
        || (from < 20 && op == "GridSample");
}

/// Whether \a node cannot be written in opset 21.
bool isLost(const onnx::NodeProto &node, std::int64_t from)
{
    const std::string &op = node.op_type();
    if (op == "BatchNormalization" && from < 14)
        return std::count_if(node.output().begin(), node.output().end(),
                             [](const std::string &output) { return !output.empty(); })
            > 1;
    return (op == "AveragePool" && from < 19 && intAttribute(node, "ceil_mode", 0) != 0)
        || (op == "DFT" && from < 20) || op == "GroupNormalization";
}

/// Operator at any depth inside \a node that would have to change; empty = none.
std::string changedInside(const onnx::NodeProto &node, std::int64_t from)
{
    std::string found;
    forEachSubGraph(node, [&](const onnx::GraphProto &graph) {
        for (const onnx::NodeProto &inner : graph.node()) {
            const bool isKnown = isOp(inner, inner.op_type().c_str());
            if (found.empty() && isKnown && (changes(inner, from) || isLost(inner, from)))
                found = inner.op_type();
            if (found.empty())
                found = changedInside(inner, from);
        }
    });
    return found;
}

void raiseNode(GraphEdit &edit, NodeId id, std::int64_t from)
{
    const std::string op = edit.node(id).op_type();
    if (!isOp(edit.node(id), op.c_str()) || !changes(edit.node(id), from))
        return;
    if (isReduction(edit.node(id))) {
        intsToInput(edit, id, "axes", 1);
    } else if (op == "Split") {
        const std::int64_t parts = edit.node(id).output_size();
        setAttribute(edit.mutableNode(id), "num_outputs", parts);
    } else if (op == "RoiAlign") {
        setAttribute(edit.mutableNode(id), "coordinate_transformation_mode", "output_half_pixel");
    } else {
        const std::string mode = stringAttribute(edit.node(id), "mode", "bilinear");
        setAttribute(edit.mutableNode(id), "mode",
                     mode == "bilinear"      ? "linear"
                         : mode == "bicubic" ? "cubic"
                                             : mode);
    }
}

Status raiseOpset(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    const std::int64_t from = edit.opset();
    if (!context.plan || !context.plan->blocksInPairs || from >= kWanted)
        return Done {};
    const std::string subject = "opset " + std::to_string(from);
    const std::string advice = "; choose format=matmulnbits, which needs no newer opset";
    if (from < kOldest)
        return Error {ErrorCode::Unsupported, subject, "cannot be raised to 21" + advice};
    for (const NodeId id : edit.nodes()) {
        const onnx::NodeProto &node = edit.node(id);
        const bool isKnown = isOp(node, node.op_type().c_str());
        const std::string inside = changedInside(node, from);
        if (!inside.empty() || (isKnown && isLost(node, from)))
            return Error {ErrorCode::Unsupported, subject,
                          "cannot be raised to 21: "
                              + (inside.empty() ? node.op_type() : inside + " in " + node.op_type())
                              + " of layer '" + edit.layerName(id) + "' means something else there" + advice};
    }
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        raiseNode(edit, id, from);
    }
    edit.setOpset({}, kWanted);
    edit.setIrVersion(std::max(edit.irVersion(), kIrVersion));
    ++report.changes;
    report.findings.push_back(
        {Severity::Info,
         "opset-raised",
         {},
         sentence(QS_TR_NOOP("Sentence", "opset %1 raised to 21, which blocks behind DequantizeLinear need"),
                  {std::to_string(from)})});
    return Done {};
}

} // namespace

void register_raiseopset21pass(PassRegistry &registry)
{
    registry.add({.id = "raise-opset-21",
                  .title = QS_TR_NOOP("Pass", "Raise the operator set to 21"),
                  .phase = PassPhase::Quantize,
                  .order = 1,
                  .apply = raiseOpset});
}

} // namespace qs
