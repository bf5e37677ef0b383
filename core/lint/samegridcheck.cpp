// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Operators that only move integers (MaxPool, Reshape, Transpose …) run on them when what goes in and what
// comes out is on the same grid; some targets ask that of Concat too.
#include "core/lint/lint.h"

#include <onnx/onnx_pb.h>

namespace qs {
namespace {

bool movesIntegers(const Target &target, const onnx::NodeProto &node)
{
    if (!isOp(node, node.op_type().c_str()))
        return false;
    if (isOp(node, "Resize") && stringAttribute(node, "mode", "nearest") != "nearest")
        return false; // computes new values
    if (isOp(node, "Pad") && !inputAt(node, 2).empty())
        return false; // writes one of its own
    return target.sameGridOps.contains(node.op_type())
        || (isOp(node, "Concat") && target.concatNeedsSameGrid);
}

/// An input of \a id on another grid than one of its quantized outputs; empty = none.
std::string differing(const QuantGraph &graph, const onnx::NodeProto &node, NodeId id)
{
    for (const std::string &output : node.output()) {
        for (const GridUse *to : graph.quantizers(output)) {
            for (const std::string &input : graph.dataInputs(id)) {
                const GridUse *from = graph.dequantizer(input);
                if (from && !graph.isSameGrid(*from, *to))
                    return input;
            }
        }
    }
    return {};
}

void checkSameGrid(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    for (const NodeId id : input.view().topologicalOrder()) {
        job.throwIfStopped();
        const onnx::NodeProto &node = input.view().node(id);
        if (!movesIntegers(*input.options.target, node))
            continue;
        if (const std::string value = differing(input.graph, node, id); !value.empty())
            findings.push_back(
                {Severity::Warning, "grids-differ", input.view().layerName(id),
                 sentence(QS_TR_NOOP("Sentence",
                                     "%1 and its result are on different grids, so it runs in float; give "
                                     "both the wider scale and its zero point"),
                          {value})});
    }
}

} // namespace

void register_samegridcheck(LintRegistry &registry)
{
    registry.add({.id = "same-grid", .needsTarget = true, .apply = checkSameGrid});
}

} // namespace qs
