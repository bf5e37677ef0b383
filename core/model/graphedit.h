// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/graphview.h"
#include "core/model/model.h"

namespace qs {

/// The one way to change a model: works on a private copy, then finish() makes a new Model. NodeIds stay
/// valid during the edit (a removed node leaves a hole), queries always see the current state, and finish()
/// sorts topologically, keeping the old order where it can.
class GraphEdit
{
public:
    explicit GraphEdit(const Model &model);
    ~GraphEdit();

    // Read.
    std::vector<NodeId> nodes() const; ///< alive ones, in topological order
    const onnx::NodeProto &node(NodeId id) const;
    bool isAlive(NodeId id) const;
    std::string layerName(NodeId id) const;
    std::optional<NodeId> producer(const std::string &value) const;
    std::vector<Use> uses(const std::string &value) const;
    bool isGraphInput(const std::string &value) const;
    bool hasOpenInputs() const; ///< some dimension of a graph input is left to whoever runs the model
    bool isGraphOutput(const std::string &value) const;
    const onnx::TensorProto *initializer(const std::string &name) const;
    std::vector<std::string> initializerNames() const;
    /// Value of an initializer or of a Constant node's output; null when it is neither.
    Result<std::optional<Tensor>> constant(const std::string &name) const;
    std::int64_t opset(const std::string &domain = {}) const;
    std::int64_t irVersion() const;
    const ValueInfo *graphOutput(const std::string &name) const;

    // Change.
    NodeId addNode(const onnx::NodeProto &node);
    void removeNode(NodeId id);
    /// The node itself, to set attributes, op type or name before the next call here; inputs and outputs only
    /// through the calls below.
    onnx::NodeProto &mutableNode(NodeId id);
    void setInput(NodeId id, int input, const std::string &value); ///< appends empty inputs up to \a input
    void setOutput(NodeId id, int output, const std::string &value);
    /// Every use of \a from (also inside sub-graphs, not the graph output) reads \a to instead.
    void replaceUses(const std::string &from, const std::string &to);
    void setInitializer(const std::string &name, const Tensor &tensor); ///< adds or replaces
    void removeInitializer(const std::string &name); ///< also from the graph inputs of an IR 3 model
    /// A new graph input after the others; -1 in \a shape = open. The name must be free (asserted).
    void addGraphInput(const std::string &name, DType type, const Shape &shape);
    void setOpset(const std::string &domain, std::int64_t version);
    /// From version 4 on initializers are taken off the graph inputs, where they would count as overridable
    /// and not as constants; before 4 finish() lists them all, as the format demands.
    void setIrVersion(std::int64_t version);
    void setMetadata(const std::string &key, const std::string &value);
    /// Drops value_info entries of values that are no longer there or whose type changed.
    void removeValueInfo(const std::string &value);
    /// \a base, or \a base with a number, that no node, value or initializer has; reserved from now on.
    std::string uniqueName(const std::string &base);

    /// Number of changes made so far; a pass that leaves it alone changed nothing.
    std::uint64_t revision() const;

    /// A new model of the current state; the edit can go on afterwards.
    Result<ModelPtr> finish() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace qs
