// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/base/text.h"
#include "core/model/graphview.h"
#include "core/model/shapes.h"
#include "core/targets/target.h"

#include <map>
#include <set>

namespace onnx {
class NodeProto;
}

namespace qs {

/// What the integer kernels of a target ask of single nodes: types, attributes, constants.
class OperatorRules
{
public:
    OperatorRules(const Model &model, const ShapeMap &shapes, const Target &target);

    /// Conv, ConvTranspose, Gemm or MatMul with a constant operand.
    bool isWeighted(NodeId id) const;
    /// Inputs that carry data from other nodes or the graph's inputs: no constants, no shapes or indices.
    std::vector<std::string> activationInputs(NodeId id) const;
    /// Relu, or Clip with constant limits around 0.
    bool isClipping(NodeId id) const;
    /// An operator of Target::sameGridOps on float data with attributes that its integer form takes.
    bool isSameGrid(NodeId id) const;
    /// Why node \a id, whose operator is in Target::integerOps, cannot run in integers; empty when it can.
    /// Errors: a weight whose bytes are damaged.
    Result<Text> integerProblem(NodeId id);
    /// Why an operator without integer kernel stays float.
    Text floatReason(NodeId id) const;
    /// "per channel" or "per tensor".
    Text granularity(NodeId id) const;
    /// After the last weighted node: adding up two network results still belongs to the network. Pooling does
    /// not: the means of integers need more than 8 bits, and as the last step they are the scores.
    bool isNetworkOpInTail(NodeId id, int integerInputs) const;
    /// A MatMul whose float output would be merged with the Add behind it into a float Gemm by the runtime:
    /// one of matrices. Others can be kept apart, see core/passes/biasapartpass.cpp.
    bool needsGridForFusion(NodeId id) const;
    /// A MatMul of more than two dimensions: its kernel gives float as cheaply as integers, and no kernel of
    /// integers takes in what comes behind it.
    bool givesFloatForNothing(NodeId id) const;
    /// Part of a GELU that is written out with Erf or Tanh.
    bool isInGelu(NodeId id) const { return m_gelu.contains(id); }

private:
    int subGraphNodes(NodeId id) const; ///< nodes of all graphs inside an If, Loop or Scan
    bool isFloat(const std::string &value) const;
    Text weightProblem(NodeId id, const Tensor &weight);
    Result<Text> normalizationProblem(const onnx::NodeProto &node) const;

    const Model &m_model;
    const GraphView &m_graph;
    const ShapeMap &m_shapes;
    const Target &m_target;
    std::set<NodeId> m_gelu;
    std::map<std::string, int> m_weightAxes; ///< weight initializer → channel axis it is used with
};

/// Channel axis of the weight (input 1) of \a node: Conv 0, Gemm transB=1 0, Gemm and MatMul 1; null for a
/// MatMul weight that is not a matrix.
std::optional<int> weightChannelAxis(const onnx::NodeProto &node, std::size_t weightRank);

} // namespace qs
