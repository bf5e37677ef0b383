// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Without VNNI, VPMADDUBSW adds two products of uint8 activations and int8 weights in 16 bits that saturate:
// 255 * (w0 + w1) must stay within [-32768, 32767], so two neighbours along the sum may add up to 128 at
// most. What does not is counted here, an upper bound: it takes activations of 255 to overflow. Depthwise
// convolutions are summed in 32 bits. Source: onnxruntime docs, quantization, "U8S8 and saturation".
#include "core/lint/lint.h"

#include <onnx/onnx_pb.h>

#include <cstdio>
#include <cstdlib>

namespace qs {
namespace {

constexpr int kLargestPair = 128; // 32767 / 255

/// Number of pairs along the sum, and of those that may overflow.
struct Pairs
{
    std::size_t all = 0;
    std::size_t large = 0;

    void add(int first, int second)
    {
        ++all;
        if (std::abs(first + second) > kLargestPair)
            ++large;
    }
};

/// \a rows sums of \a length weights; element i of row r is at r * rowStep + i * step.
Pairs countPairs(std::span<const std::int8_t> weights, std::size_t rows, std::size_t length,
                 std::size_t rowStep, std::size_t step)
{
    Pairs pairs;
    for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t first = r * rowStep;
        for (std::size_t i = 0; i + 1 < length; i += 2)
            pairs.add(weights[first + i * step], weights[first + (i + 1) * step]);
    }
    return pairs;
}

Pairs countPairs(const WeightedOperator &weighted, const onnx::NodeProto &node, const Tensor &tensor)
{
    const Shape &shape = tensor.shape();
    const auto data = tensor.data<std::int8_t>();
    const auto size = [&](std::size_t d) { return static_cast<std::size_t>(shape[d]); };
    if (tensor.size() == 0)
        return {};
    if (weighted.op == "Conv") {
        if (shape.size() < 3 || shape[1] == 1) // depthwise
            return {};
        const std::size_t length = tensor.size() / size(0);
        return countPairs(data, size(0), length, length, 1);
    }
    if (shape.size() != 2)
        return {};
    if (weighted.op == "Gemm" && intAttribute(node, "transB", 0) != 0)
        return countPairs(data, size(0), size(1), size(1), 1);
    return countPairs(data, size(1), size(0), 1, size(1));
}

void checkSaturation(const LintInput &input, std::vector<Finding> &findings, JobContext &job)
{
    if (!input.options.target->saturatesAt16Bits)
        return;
    for (const WeightedOperator &weighted : input.graph.weighted()) {
        job.throwIfStopped();
        if (!weighted.isQuantized() || weighted.data->type != DType::UInt8
            || weighted.weight->type != DType::Int8 || weighted.op == "ConvTranspose")
            continue;
        const auto tensor = input.model().constant(weighted.weight->integers);
        if (!tensor.ok() || !tensor.value())
            continue;
        const Pairs pairs = countPairs(weighted, input.view().node(weighted.node), **tensor);
        if (pairs.large == 0)
            continue;
        char percent[32];
        std::snprintf(percent, sizeof percent, "%.2g",
                      100.0 * static_cast<double>(pairs.large) / static_cast<double>(pairs.all));
        findings.push_back(
            {Severity::Warning, "weights-may-saturate", input.view().layerName(weighted.node),
             sentence(QS_TR_NOOP("Sentence",
                                 "%1 % of its weights overflow the 16-bit sums of %2 where activations are "
                                 "high; use 7-bit weights"),
                      {percent, input.options.target->title})});
    }
}

} // namespace

void register_saturationcheck(LintRegistry &registry)
{
    registry.add({.id = "saturation", .needsTarget = true, .apply = checkSaturation});
}

} // namespace qs
