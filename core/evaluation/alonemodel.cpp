// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/alonemodel.h"

#include "core/model/graphedit.h"

#include <onnx/onnx_pb.h>

#include <algorithm>

namespace qs {
namespace {

class Cutter
{
public:
    explicit Cutter(const Model &quantized)
        : m_edit(quantized)
    { }

    std::string cut(const MatchedTensor &match, const ValueInfo &type)
    {
        const std::string input = m_edit.uniqueName(match.tensor + "__float");
        m_edit.addGraphInput(input, type.type, type.shape);
        if (!match.isInteger)
            m_edit.replaceUses(match.value, input);
        else if (match.quantizers.empty())
            replaceIntegers(match, input);
        else
            replaceQuantizers(match, input);
        return input;
    }

    Result<ModelPtr> finish() const { return m_edit.finish(); }

private:
    /// The integers of an operator that makes them itself: their float twin is quantized with their grid.
    void replaceIntegers(const MatchedTensor &match, const std::string &input)
    {
        onnx::NodeProto quantize;
        quantize.set_op_type("QuantizeLinear");
        quantize.add_input(input);
        quantize.add_input(match.scaleName);
        if (!match.zeroPointName.empty())
            quantize.add_input(match.zeroPointName);
        addCopy(quantize, match.clips.empty() ? match.value : m_edit.node(match.clips[0]).input(0), match);
    }

    void replaceQuantizers(const MatchedTensor &match, const std::string &input)
    {
        // Float readers beside the quantizers see the float model's value too; the quantizers themselves stay
        // where they are, behind the layer, as what is tapped.
        m_edit.replaceUses(match.quantizerInput, input);
        for (const NodeId id : match.quantizers) {
            onnx::NodeProto copy = m_edit.node(id);
            m_edit.setInput(id, 0, match.quantizerInput);
            copy.set_input(0, input);
            addCopy(copy, m_edit.node(id).output(0), match);
        }
    }

    /// Adds \a quantize under new names and lets it feed what read \a integers; with a copy of the Clip
    /// behind them, when there is one, as theirs stays where it is.
    void addCopy(const onnx::NodeProto &quantize, const std::string &integers, const MatchedTensor &match)
    {
        const auto clip = std::ranges::find_if(
            match.clips, [&](NodeId id) { return m_edit.node(id).input(0) == integers; });
        if (clip == match.clips.end()) {
            addNamed(quantize, integers);
            return;
        }
        onnx::NodeProto copy = m_edit.node(*clip);
        copy.set_input(0, addUnread(quantize, integers));
        addNamed(copy, m_edit.node(*clip).output(0));
    }

    void addNamed(const onnx::NodeProto &node, const std::string &integers)
    {
        const std::string output = addUnread(node, integers);
        m_edit.replaceUses(integers, output);
    }

    std::string addUnread(onnx::NodeProto node, const std::string &integers)
    {
        const std::string output = m_edit.uniqueName(integers + "__alone");
        node.set_name(output);
        node.clear_output();
        node.add_output(output);
        m_edit.addNode(node);
        return output;
    }

    GraphEdit m_edit;
};

} // namespace

Result<AloneModel> makeAloneModel(const Model &quantized, const std::vector<MatchedTensor> &matches,
                                  const std::vector<ValueInfo> &types)
{
    assert(matches.size() == types.size());
    Cutter cutter(quantized);
    AloneModel alone;
    for (std::size_t i = 0; i < matches.size(); ++i)
        alone.inputs.push_back(cutter.cut(matches[i], types[i]));
    QS_TRY(alone.model, cutter.finish());
    return alone;
}

} // namespace qs
