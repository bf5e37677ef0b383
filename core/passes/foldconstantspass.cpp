// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Constant ──► w                    ⇒   initializer w
//   Identity(constant) ──► w          ⇒   uses of w read the constant
//   Op(constants…) ──► w              ⇒   initializer w, computed by the runtime
//
// Afterwards every weight is an initializer, whichever way the exporter wrote it. Operators that can blow a
// small constant up (ConstantOfShape, Expand, Tile) are folded up to a fixed size only. Random operators and
// the Quantize/Dequantize pairs of an already quantized model are left alone.
#include "core/base/paramspec.h"
#include "core/passes/pass.h"
#include "core/runtime/inferenceengine.h"

#include <onnx/onnx_pb.h>

#include <set>

namespace qs {
namespace {

constexpr std::int64_t kLargestGrownConstant = std::int64_t {1} << 24; // elements

bool isFoldable(const GraphEdit &edit, const onnx::NodeProto &node)
{
    static const std::set<std::string> kOps
        = {"Add",        "Sub",     "Mul",       "Div",       "Neg",
           "Sqrt",       "Pow",     "Exp",       "Abs",       "Cast",
           "Concat",     "Flatten", "Gather",    "Reshape",   "Shape",
           "Slice",      "Squeeze", "Unsqueeze", "Transpose", "ConstantOfShape",
           "Reciprocal", "Split"};
    if (!isOp(node, node.op_type().c_str()) || !kOps.contains(node.op_type()))
        return false;
    if (!isOp(node, "ConstantOfShape"))
        return true;
    const auto shape = edit.constant(node.input(0));
    if (!shape.ok() || !shape.value() || shape.value()->type() != DType::Int64)
        return false;
    const auto dims = shape.value()->data<std::int64_t>();
    const std::int64_t count = elementCount(Shape(dims.begin(), dims.end()));
    return count >= 0 && count <= kLargestGrownConstant;
}

/// Constant nodes become initializers and Identity of a constant disappears.
Status absorbConstants(GraphEdit &edit, PassReport &report)
{
    for (const NodeId id : edit.nodes()) {
        const onnx::NodeProto &node = edit.node(id);
        if (isOp(node, "Constant") && node.output_size() == 1) {
            const std::string value = node.output(0);
            const auto tensor = edit.constant(value);
            if (!tensor.ok() || !tensor.value() || edit.isGraphOutput(value))
                continue;
            edit.removeNode(id);
            edit.setInitializer(value, *tensor.value());
            ++report.changes;
        } else if (isOp(node, "Identity") && !edit.isGraphOutput(node.output(0))
                   && edit.initializer(node.input(0))) {
            const std::string from = node.output(0);
            const std::string to = node.input(0);
            edit.removeNode(id);
            edit.replaceUses(from, to);
            edit.removeValueInfo(from);
            ++report.changes;
        }
    }
    return Done {};
}

/// Nodes whose inputs are all known, in topological order.
std::vector<NodeId> foldableNodes(const GraphEdit &edit)
{
    std::vector<NodeId> result;
    std::set<std::string> known;
    for (const NodeId id : edit.nodes()) {
        const onnx::NodeProto &node = edit.node(id);
        if (!isFoldable(edit, node) || node.input_size() == 0)
            continue;
        bool constant = true;
        for (const std::string &input : node.input())
            constant = constant && (input.empty() || known.contains(input) || edit.initializer(input));
        for (const std::string &output : node.output())
            constant = constant && !edit.isGraphOutput(output);
        if (!constant)
            continue;
        result.push_back(id);
        known.insert(node.output().begin(), node.output().end());
    }
    return result;
}

/// A model of its own that computes the values of \a nodes that somebody else reads.
Result<ModelPtr> evaluationModel(const GraphEdit &edit, const std::vector<NodeId> &nodes)
{
    auto proto = std::make_unique<onnx::ModelProto>();
    proto->set_ir_version(8);
    proto->add_opset_import()->set_version(edit.opset());
    auto *graph = proto->mutable_graph();
    graph->set_name("constants");
    const std::set<NodeId> chosen(nodes.begin(), nodes.end());
    std::set<std::string> added;
    for (const NodeId id : nodes) {
        const onnx::NodeProto &node = edit.node(id);
        *graph->add_node() = node;
        for (const std::string &input : node.input()) {
            if (const auto *tensor = edit.initializer(input); tensor && added.insert(input).second) {
                QS_TRY(const std::optional<Tensor> value, edit.constant(input));
                *graph->add_initializer() = tensorToProto(input, *value);
            }
        }
        for (const std::string &output : node.output()) {
            bool isRead = false;
            for (const Use &use : edit.uses(output))
                isRead = isRead || use.input < 0 || !chosen.contains(use.node);
            if (isRead)
                graph->add_output()->set_name(output);
        }
    }
    return Model::create(std::move(proto));
}

Status foldConstants(GraphEdit &edit, const PassContext &, PassReport &report, JobContext &job)
{
    QS_CHECK(absorbConstants(edit, report));
    const std::vector<NodeId> nodes = foldableNodes(edit);
    if (nodes.empty())
        return Done {};
    QS_TRY(const ModelPtr model, evaluationModel(edit, nodes));
    if (model->graph().outputs().empty())
        return Done {};
    const auto engine = makeOnnxRuntimeEngine();
    auto session = engine->open(*model, {.threads = 1, .optimization = Optimization::None});
    auto values = session.ok() ? (*session)->run({}, job) : Result<std::vector<Tensor>>(session.error());
    if (!values.ok()) {
        // A model that this part fails on may still run as a whole; it just keeps its constant nodes.
        report.findings.push_back({Severity::Info, "constants-not-folded", {}, values.error().message()});
        return Done {};
    }
    const auto &outputs = model->graph().outputs();
    for (auto it = nodes.rbegin(); it != nodes.rend(); ++it)
        edit.removeNode(*it);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        edit.setInitializer(outputs[i].name, (*values)[i]);
        ++report.changes;
    }
    return absorbConstants(edit, report);
}

} // namespace

void register_foldconstantspass(PassRegistry &registry)
{
    registry.add({.id = "fold-constants",
                  .title = QS_TR_NOOP("Pass", "Fold constants"),
                  .phase = PassPhase::Prepare,
                  .order = 20,
                  .apply = foldConstants});
}

} // namespace qs
