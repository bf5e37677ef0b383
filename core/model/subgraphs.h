// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <set>
#include <string>

namespace onnx {
class GraphProto;
class ModelProto;
class NodeProto;
class TensorProto;
}

namespace qs {

/// Calls \a visit for the graphs that \a node holds in its attributes (bodies of If, Loop, Scan), not for
/// those nested deeper.
void forEachSubGraph(const onnx::NodeProto &node, const std::function<void(const onnx::GraphProto &)> &visit);
void forEachSubGraph(onnx::NodeProto &node, const std::function<void(onnx::GraphProto &)> &visit);

/// Names of the values that the sub-graphs of \a node, at any depth, read from the graph that \a node is in.
std::set<std::string> outerValues(const onnx::NodeProto &node);
/// The same of one sub-graph.
std::set<std::string> outerValues(const onnx::GraphProto &body);
/// Makes the sub-graphs of \a node read \a to where they read \a from of the surrounding graph; a name of
/// their own that happens to be \a from is left alone.
void renameOuterValue(onnx::NodeProto &node, const std::string &from, const std::string &to);
/// Calls \a visit with every name that the sub-graphs of \a node use for a value or a node.
void forEachInnerName(const onnx::NodeProto &node, const std::function<void(const std::string &)> &visit);

/// Every tensor of a model: initializers, attributes, in sub-graphs, functions and training graphs.
void forEachTensor(const onnx::ModelProto &model,
                   const std::function<void(const onnx::TensorProto &)> &visit);
void forEachTensor(onnx::ModelProto &model, const std::function<void(onnx::TensorProto &)> &visit);

} // namespace qs
