// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/quantgrid.h"

#include <set>

namespace qs {

/// A Conv, ConvTranspose, Gemm or MatMul with what its operands are on: behind DequantizeLinear, or as an
/// integer operator (QLinearConv, QGemm …).
struct WeightedOperator
{
    NodeId node;
    std::string op; ///< the float operator it is or stands for
    bool isIntegerOperator = false;
    const GridUse *data = nullptr; ///< null = float
    const GridUse *weight = nullptr; ///< null = float
    const GridUse *bias = nullptr; ///< null = float or none
    std::string biasValue; ///< empty = none

    /// Both factors are integers: what it is there for.
    bool isQuantized() const { return data && weight; }
};

/// A quantized model, made by any tool: which values are behind a DequantizeLinear, who quantizes what, which
/// operators multiply integers.
class QuantGraph
{
public:
    explicit QuantGraph(const Model &model); ///< \a model must outlive it

    const Model &model() const { return m_model; }
    const std::vector<GridUse> &uses() const { return m_uses; }
    const std::vector<WeightedOperator> &weighted() const { return m_weighted; }

    /// The DequantizeLinear that makes \a value; null when something else does.
    const GridUse *dequantizer(const std::string &value) const;
    /// Every QuantizeLinear that reads \a value.
    std::vector<const GridUse *> quantizers(const std::string &value) const;
    /// The QuantizeLinear that makes the integers \a value, perhaps with a Clip between; null when something
    /// else does.
    const GridUse *quantizerOf(const std::string &value) const;

    /// What an integer operator says of its operands; empty for other nodes.
    std::vector<const GridUse *> operands(NodeId id) const;

    /// The numbers of \a use; null when they are computed or cannot be read.
    std::optional<GridValues> values(const GridUse &use) const;
    /// Same type, scales and zero points; also when both are the same computed values.
    bool isSameGrid(const GridUse &a, const GridUse &b) const;
    /// A Clip that belongs to what makes integers, see GridUse::clip.
    bool isIntegerClip(NodeId id) const { return m_clips.contains(id); }
    /// Initializer or output of a Constant node.
    bool isConstant(const std::string &value) const;
    /// Shape of the integers where they are constant, or of the float constant that is quantized at load.
    std::optional<Shape> constantShape(const GridUse &use) const;

    /// Inputs of \a id that a runtime wants to see dequantized: factors of a product, terms of a sum, the
    /// first one otherwise.
    std::vector<std::string> dataInputs(NodeId id) const;
    /// All of dataInputs() come from DequantizeLinear, none of them in blocks.
    bool hasIntegerInputs(NodeId id) const;
    /// \a id, or the Relu, Clip or Add of a constant that alone reads what it makes, and so on: the node
    /// whose result leaves the group that a runtime makes one kernel of.
    NodeId groupEnd(NodeId id) const;

    /// The layer a user knows: the one that reads the weight or makes the activation, not the QuantizeLinear
    /// or DequantizeLinear beside it.
    std::string layerOf(const GridUse &use) const;

private:
    void findWeighted();
    void addIntegerOperator(NodeId id);

    const Model &m_model;
    const GraphView &m_graph;
    std::vector<GridUse> m_uses;
    std::vector<WeightedOperator> m_weighted;
    std::unordered_map<std::string, std::size_t> m_dequantizers; ///< by the value they make
    std::unordered_map<std::string, std::size_t> m_quantizersByOutput;
    std::unordered_map<std::string, std::vector<std::size_t>> m_quantizersByInput;
    std::unordered_map<NodeId, std::vector<std::size_t>> m_operands;
    std::set<NodeId> m_clips;
};

} // namespace qs
