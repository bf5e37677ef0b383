// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/rangedata.h"

#include "core/model/graphview.h"
#include "core/model/model.h"

#include <onnx/onnx_pb.h>

#include <cmath>

namespace qs {
namespace {

constexpr double kBandTail = 0.001; ///< left out on either side

/// Dimension of the output channels of a weight, as the operators' definitions in ONNX have it.
std::size_t channelAxis(const onnx::NodeProto &node, std::size_t rank)
{
    if (isOp(node, "Conv"))
        return 0;
    if (isOp(node, "ConvTranspose"))
        return 1;
    if (isOp(node, "Gemm"))
        return intAttribute(node, "transB", 0) != 0 ? 0 : 1;
    return rank == 0 ? 0 : rank - 1; // MatMul: columns
}

std::vector<Range> rangesAlong(const Tensor &tensor, std::size_t axis)
{
    const Shape &shape = tensor.shape();
    const auto channels = static_cast<std::size_t>(shape[axis]);
    std::size_t inner = 1;
    for (std::size_t d = axis + 1; d < shape.size(); ++d)
        inner *= static_cast<std::size_t>(shape[d]);
    std::vector<Range> ranges(channels);
    std::vector<bool> seen(channels, false);
    const std::span<const float> values = tensor.floats();
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i]))
            continue;
        const std::size_t channel = i / inner % channels;
        Range &range = ranges[channel];
        range.min = seen[channel] ? std::min(range.min, values[i]) : values[i];
        range.max = seen[channel] ? std::max(range.max, values[i]) : values[i];
        seen[channel] = true;
    }
    return ranges;
}

} // namespace

std::vector<LayerRange> layerRanges(const std::vector<Layer> &layers, const Statistics &statistics,
                                    const Plan *plan)
{
    std::vector<LayerRange> result;
    for (const Layer &layer : layers) {
        if (layer.outputs.empty())
            continue;
        const auto found = statistics.tensors.find(layer.outputs.front());
        if (found == statistics.tensors.end() || found->second.count == 0)
            continue;
        LayerRange range {layer.name, layer.op, found->second.extent, {}, {}};
        if (const auto &histogram = found->second.histogram; histogram && !histogram->isEmpty())
            range.band = Range {static_cast<float>(histogram->quantile(kBandTail)),
                                static_cast<float>(histogram->quantile(1 - kBandTail))};
        if (plan) {
            const auto planned = plan->tensors.find(layer.outputs.front());
            if (planned != plan->tensors.end() && planned->second.ranges.size() == 1)
                range.clip = planned->second.ranges.front();
        }
        result.push_back(std::move(range));
    }
    return result;
}

Result<std::vector<Range>> weightRanges(const Model &model, const std::string &layer)
{
    const auto id = model.graph().findLayer(layer);
    if (!id)
        return Error {ErrorCode::NotFound, layer, "there is no such layer"};
    const onnx::NodeProto &node = model.graph().node(*id);
    const Error noWeight {ErrorCode::InvalidArgument, layer, "the layer has no constant weight"};
    if (node.input_size() < 2
        || !(isOp(node, "Conv") || isOp(node, "ConvTranspose") || isOp(node, "Gemm") || isOp(node, "MatMul")))
        return noWeight;
    QS_TRY(const std::optional<Tensor> constant, model.constant(node.input(1)));
    if (!constant)
        return noWeight;
    QS_TRY(const Tensor weight, toFloat32(*constant));
    const std::size_t axis = channelAxis(node, weight.shape().size());
    if (axis >= weight.shape().size() || weight.size() == 0)
        return noWeight;
    return rangesAlong(weight, axis);
}

} // namespace qs
