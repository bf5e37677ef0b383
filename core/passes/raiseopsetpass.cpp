// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Opset 7 … 12  ⇒  opset 13, where QuantizeLinear / DequantizeLinear know an axis (per-channel scales). Each
// operator whose definition changed in between is rewritten to mean the same:
//
//   attribute → input   Clip (11), Pad (11), Slice (10), TopK (10), Dropout (12), Squeeze / Unsqueeze /
//   ReduceSum / Split (13) renamed, reshaped   Upsample / Resize 10 → Resize 13 (asymmetric, floor), Scatter
//   → ScatterElements (11) default changed     Softmax / LogSoftmax / Hardmax flattened to 2-D before 13
//
// Source: onnx/docs/Changelog.md. Models with sub-graphs keep their opset (their bodies would have to follow)
// and a finding says so.
#include "core/base/paramspec.h"
#include "core/passes/opsetedits.h"
#include "core/passes/pass.h"

#include <onnx/onnx_pb.h>

#include <map>

namespace qs {
namespace {

constexpr std::int64_t kWanted = 13;
constexpr std::int64_t kOldest = 7; // before, Add and friends broadcast by attributes
constexpr std::int64_t kIrVersion = 7; // the one released with opset 13

std::string addFloat(GraphEdit &edit, const std::string &base, float value)
{
    const std::string name = edit.uniqueName(base);
    edit.setInitializer(name, Tensor::fromFloats({}, std::vector {value}));
    return name;
}

void raiseClip(GraphEdit &edit, NodeId id)
{
    int input = 1;
    for (const char *attribute : {"min", "max"}) {
        const onnx::NodeProto &node = edit.node(id);
        if (findAttribute(node, attribute)) {
            const std::string name
                = addFloat(edit, node.output(0) + "_" + attribute, floatAttribute(node, attribute, 0.F));
            edit.setInput(id, input, name);
            eraseAttribute(edit.mutableNode(id), attribute);
        }
        ++input;
    }
}

void raisePad(GraphEdit &edit, NodeId id)
{
    const float value = floatAttribute(edit.node(id), "value", 0.F);
    intsToInput(edit, id, "pads", 1);
    edit.setInput(id, 2, addFloat(edit, edit.node(id).output(0) + "_value", value));
    eraseAttribute(edit.mutableNode(id), "value");
}

void raiseSlice(GraphEdit &edit, NodeId id)
{
    intsToInput(edit, id, "starts", 1);
    intsToInput(edit, id, "ends", 2);
    intsToInput(edit, id, "axes", 3);
}

void raiseTopK(GraphEdit &edit, NodeId id)
{
    if (!findAttribute(edit.node(id), "k"))
        return;
    const std::int64_t k = intAttribute(edit.node(id), "k", 1);
    edit.setInput(id, 1, addInts(edit, edit.node(id).output(0) + "_k", {k}));
    eraseAttribute(edit.mutableNode(id), "k");
}

/// In inference Dropout passes its input through; the ratio is of no use.
void raiseDropout(GraphEdit &edit, NodeId id)
{
    eraseAttribute(edit.mutableNode(id), "ratio");
}

void raiseUpsample(GraphEdit &edit, NodeId id)
{
    const onnx::NodeProto node = edit.node(id);
    std::string scales = node.input_size() > 1 ? node.input(1) : std::string();
    if (const auto *attribute = findAttribute(node, "scales")) {
        const std::vector<float> values(attribute->floats().begin(), attribute->floats().end());
        scales = edit.uniqueName(node.output(0) + "_scales");
        edit.setInitializer(scales, Tensor::fromFloats({static_cast<std::int64_t>(values.size())}, values));
    }
    onnx::NodeProto &changed = edit.mutableNode(id);
    changed.set_op_type("Resize");
    eraseAttribute(changed, "scales");
    setAttribute(changed, "coordinate_transformation_mode", "asymmetric");
    setAttribute(changed, "nearest_mode", "floor");
    edit.setInput(id, 1, std::string());
    edit.setInput(id, 2, scales);
}

/// Before 13: the input is seen as a matrix [dims before axis, dims from axis], and rows are normalised.
void raiseSoftmax(GraphEdit &edit, NodeId id, const ShapeMap &shapes)
{
    const onnx::NodeProto node = edit.node(id);
    const std::int64_t axis = intAttribute(node, "axis", 1);
    const auto known = shapes.find(node.input(0));
    const bool isLast = axis == -1
        || (known != shapes.end() && axis == static_cast<std::int64_t>(known->second.shape.size()) - 1);
    onnx::NodeProto &changed = edit.mutableNode(id);
    eraseAttribute(changed, "axis");
    auto *attribute = changed.add_attribute();
    attribute->set_name("axis");
    attribute->set_type(onnx::AttributeProto::INT);
    attribute->set_i(-1);
    if (isLast)
        return;
    const std::string base = node.output(0);
    const std::string shape = edit.uniqueName(base + "_shape");
    const std::string flat = edit.uniqueName(base + "_flat");
    const std::string rows = edit.uniqueName(base + "_rows");
    const auto add
        = [&edit](const char *op, const std::vector<std::string> &inputs, const std::string &output) {
              onnx::NodeProto added;
              added.set_op_type(op);
              added.set_name(edit.uniqueName(output + "_" + op));
              for (const std::string &input : inputs)
                  added.add_input(input);
              added.add_output(output);
              return added;
          };
    edit.addNode(add("Shape", {node.input(0)}, shape));
    onnx::NodeProto flatten = add("Flatten", {node.input(0)}, flat);
    *flatten.add_attribute() = *attribute;
    flatten.mutable_attribute(0)->set_i(axis);
    edit.addNode(flatten);
    edit.setInput(id, 0, flat);
    edit.setOutput(id, 0, rows);
    edit.addNode(add("Reshape", {rows, shape}, base));
}

void raiseNode(GraphEdit &edit, NodeId id, std::int64_t from, const ShapeMap &shapes)
{
    const onnx::NodeProto &node = edit.node(id);
    const std::string op = node.op_type();
    if (!isOp(node, op.c_str()))
        return;
    if (op == "Clip" && from < 11)
        raiseClip(edit, id);
    else if (op == "Pad" && from < 11)
        raisePad(edit, id);
    else if (op == "Slice" && from < 10)
        raiseSlice(edit, id);
    else if (op == "TopK" && from < 10)
        raiseTopK(edit, id);
    else if (op == "Dropout" && from < 12)
        raiseDropout(edit, id);
    else if (op == "Upsample" || (op == "Resize" && from < 11))
        raiseUpsample(edit, id);
    else if (op == "Scatter")
        edit.mutableNode(id).set_op_type("ScatterElements");
    else if (op == "BatchNormalization")
        eraseAttribute(edit.mutableNode(id), "spatial");
    else if (op == "Squeeze" || op == "Unsqueeze" || op == "ReduceSum")
        intsToInput(edit, id, "axes", 1);
    else if (op == "Split")
        intsToInput(edit, id, "split", 1);
    else if (op == "Softmax" || op == "LogSoftmax" || op == "Hardmax")
        raiseSoftmax(edit, id, shapes);
}

bool hasSubGraph(const onnx::NodeProto &node)
{
    for (const auto &attribute : node.attribute()) {
        if (attribute.has_g() || attribute.graphs_size() > 0)
            return true;
    }
    return false;
}

Status raiseOpset(GraphEdit &edit, const PassContext &context, PassReport &report, JobContext &job)
{
    const std::int64_t from = edit.opset();
    if (from >= kWanted)
        return Done {};
    if (from < kOldest)
        return Error {ErrorCode::Unsupported, "opset " + std::to_string(from),
                      "older than 7; export the model again with opset 13 or newer"};
    for (const NodeId id : edit.nodes()) {
        const onnx::NodeProto &node = edit.node(id);
        const bool isOldBatchNorm = isOp(node, "BatchNormalization") && intAttribute(node, "spatial", 1) == 0;
        if (hasSubGraph(node) || isOldBatchNorm) {
            report.findings.push_back(
                {Severity::Warning, "opset-kept", edit.layerName(id),
                 sentence(QS_TR_NOOP("Sentence",
                                     "opset %1 kept because of this node; weights are quantized per tensor"),
                          {std::to_string(from)})});
            return Done {};
        }
    }
    for (const NodeId id : edit.nodes()) {
        job.throwIfStopped();
        raiseNode(edit, id, from, context.shapes);
    }
    edit.setOpset({}, kWanted);
    edit.setIrVersion(kIrVersion);
    ++report.changes;
    report.findings.push_back(
        {Severity::Info,
         "opset-raised",
         {},
         sentence(QS_TR_NOOP("Sentence", "opset %1 raised to 13, which per-channel quantization needs"),
                  {std::to_string(from)})});
    return Done {};
}

} // namespace

void register_raiseopsetpass(PassRegistry &registry)
{
    registry.add({.id = "raise-opset",
                  .title = QS_TR_NOOP("Pass", "Raise the operator set to 13"),
                  .phase = PassPhase::Prepare,
                  .order = 10,
                  .apply = raiseOpset});
}

} // namespace qs
