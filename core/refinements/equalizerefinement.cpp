// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Conv(x, W, b) ──► Relu ──► Conv(t, V, c)   ⇒   Conv(x, W/s, b/s) ──► Relu ──► Conv(t', V·s, c)
//
// Cross-layer equalization: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias
// Correction", ICCV 2019, section 4.1. There s makes the channels of W and V reach equally far. Here s is
// what leaves least noise in all outputs together, for which a few calibration samples tell how large
// activations are: equal ranges let a channel that hardly matters set the step of one that does.
//
// What may stand between the two layers commutes with positive factors: Relu, LeakyRelu, pooling, Flatten of
// single pixels. Clip(0, 6) does so only for values below 6. Replacing it by Relu, as is often done, changes
// networks that were trained with it a lot (11 points of top-1 with the MobileNets), so it is kept exact: the
// samples tell which channels ever reach the limit. Those share one factor, by which the limit is divided
// too; the others may have any factor that keeps them below it.
#include "core/base/paramspec.h"
#include "core/data/datasetsubset.h"
#include "core/model/cliplimits.h"
#include "core/refinements/equalization.h"
#include "core/refinements/refinement.h"
#include "core/refinements/rescaling.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

namespace qs {
namespace {

/// Samples that tell how large activations are.
constexpr std::size_t kSamples = 64;
/// Other pictures reach further than those samples: so many standard deviations above its mean a channel
/// still keeps below the limit of its Clip. With their peaks alone, MobileNetV2 changed to 17 dB of output
/// SQNR; so it stays at 30 dB.
constexpr double kDeviations = 16;
/// Of the limit, for channels that were not seen to reach it.
constexpr double kBelowLimit = 0.99;

/// Tensors between layers that can take factors.
struct Link
{
    std::vector<std::string> tensors;
    std::string clipped; ///< what the Clip reads; empty = no Clip
    double limit = 0; ///< of the Clip
};

/// Where a layer's activations are.
struct Ends
{
    std::string input;
    std::string output;
};

class Equalizer
{
public:
    explicit Equalizer(const RefinementInput &input)
        : m_input(input)
        , m_graph(input.model->graph())
        , m_edit(*input.model)
        , m_shapes(input.shapes)
    { }

    Result<std::vector<Rescale>> run(PassReport &report, JobContext &job)
    {
        for (const NodeId id : m_graph.topologicalOrder()) {
            job.throwIfStopped();
            QS_CHECK(addPair(id));
        }
        if (m_pairs.empty()) {
            report.findings.push_back(nothing());
            return std::vector<Rescale> {};
        }
        QS_CHECK(measure(job));
        const bool perChannel = m_input.target.perChannelWeights && m_input.parameters.flag("per_channel");
        std::vector<EqualizedFactors> factors = equalize(m_layers, m_pairs, perChannel, job);
        const std::vector<EqualizedFactors> before = unchanged();
        const double noiseBefore = equalizationNoise(m_layers, m_pairs, before, perChannel);
        double noise = equalizationNoise(m_layers, m_pairs, factors, perChannel);
        if (noise > noiseBefore) {
            factors = before;
            noise = noiseBefore;
        }
        std::vector<Rescale> rescales;
        for (std::size_t p = 0; p < m_pairs.size(); ++p) {
            Rescale rescale {.tensors = m_links[p].tensors, .axis = 1, .factors = {}, .insertedAfter = {}};
            rescale.limitFactor = rounded(factors[p].limitFactor);
            for (const double factor : factors[p].factors)
                rescale.factors.push_back(rounded(factor));
            rescales.push_back(std::move(rescale));
        }
        report.changes = static_cast<int>(rescales.size());
        report.findings.push_back(summary(factors, noiseBefore, noise));
        return rescales;
    }

private:
    /// A layer's place in m_layers; null when node \a id is none whose channels can be scaled.
    Result<std::optional<std::size_t>> layerOf(NodeId id)
    {
        const onnx::NodeProto &node = m_graph.node(id);
        if (const auto known = m_places.find(id); known != m_places.end())
            return known->second;
        std::optional<std::size_t> &place = m_places[id];
        QS_TRY(const std::optional<WeightedNode> weighted, readWeightedNode(m_edit, id));
        if (!weighted || isOp(node, "MatMul") || m_edit.uses(node.input(1)).size() != 1)
            return place;
        const WeightChannels channels = weightChannels(node, *weighted);
        if (channels.input.empty())
            return place;
        EqualizedLayer layer;
        layer.inputs = static_cast<std::size_t>(channels.inputs);
        layer.outputs = static_cast<std::size_t>(weighted->channels);
        layer.groups = isOp(node, "Gemm")
            ? 1
            : static_cast<std::size_t>(std::max<std::int64_t>(1, intAttribute(node, "group", 1)));
        const std::size_t columns = layer.inputs / layer.groups;
        layer.magnitudes.resize(layer.outputs * columns);
        const std::span<const float> weight = weighted->weight.floats();
        layer.taps = weight.size() / std::max<std::size_t>(1, layer.magnitudes.size());
        for (std::size_t i = 0; i < weight.size(); ++i) {
            if (!std::isfinite(weight[i]))
                return place;
            double &largest = layer.magnitudes[static_cast<std::size_t>(channels.output[i]) * columns
                                               + static_cast<std::size_t>(channels.input[i]) % columns];
            largest = std::max(largest, std::abs(static_cast<double>(weight[i])));
        }
        m_layers.push_back(std::move(layer));
        m_ends.push_back({node.input(0), node.output(0)});
        return place = m_layers.size() - 1;
    }

    bool isSinglePixel(const std::string &value) const
    {
        const auto type = m_shapes.find(value);
        if (type == m_shapes.end() || type->second.shape.size() < 2)
            return false;
        const Shape &shape = type->second.shape;
        return std::all_of(shape.begin() + 2, shape.end(), [](std::int64_t d) { return d == 1; });
    }

    /// The upper limit of a Clip from 0; null when \a node is something else.
    std::optional<float> clipLimit(const onnx::NodeProto &node) const
    {
        if (!isOp(node, "Clip"))
            return std::nullopt;
        const auto limits
            = clippingLimits(node, [this](const std::string &name) { return m_edit.constant(name); });
        return limits && limits->min == 0.F && std::isnormal(limits->max) && limits->max > 0.F
            ? std::optional<float>(limits->max)
            : std::nullopt;
    }

    bool commutes(const onnx::NodeProto &node) const
    {
        if (isOp(node, "Relu") || isOp(node, "LeakyRelu") || isOp(node, "AveragePool")
            || isOp(node, "GlobalAveragePool") || isOp(node, "GlobalMaxPool"))
            return true;
        if (isOp(node, "MaxPool"))
            return node.output_size() == 1;
        if (isOp(node, "Flatten"))
            return intAttribute(node, "axis", 1) == 1 && isSinglePixel(node.input(0));
        return clipLimit(node).has_value();
    }

    Status addPair(NodeId id)
    {
        QS_TRY(const std::optional<std::size_t> producer, layerOf(id));
        if (!producer)
            return Done {};
        Link link;
        std::vector<std::size_t> consumers;
        std::string value = m_graph.node(id).output(0);
        while (true) {
            if (m_graph.isGraphOutput(value) || m_graph.uses(value).empty())
                return Done {};
            link.tensors.push_back(value);
            const std::vector<Use> &uses = m_graph.uses(value);
            const onnx::NodeProto &next = m_graph.node(uses[0].node);
            if (uses.size() != 1 || uses[0].input != 0 || !commutes(next))
                break;
            if (const auto limit = clipLimit(next)) {
                if (!link.clipped.empty())
                    return Done {};
                link.clipped = value;
                link.limit = static_cast<double>(*limit);
            }
            value = next.output(0);
        }
        const std::size_t channels = m_layers[*producer].outputs;
        for (const Use &use : m_graph.uses(value)) {
            if (use.input != 0)
                return Done {};
            QS_TRY(const std::optional<std::size_t> consumer, layerOf(use.node));
            if (!consumer || m_layers[*consumer].inputs != channels)
                return Done {};
            consumers.push_back(*consumer);
        }
        m_layers[*producer].outputPair = m_pairs.size();
        for (const std::size_t consumer : consumers)
            m_layers[consumer].inputPair = m_pairs.size();
        m_pairs.emplace_back().peaks.resize(channels);
        m_links.push_back(std::move(link));
        return Done {};
    }

    /// Runs the model once to see how large activations are.
    Status measure(JobContext &job)
    {
        std::vector<StatRequest> requests;
        const auto request = [&](const std::string &tensor) {
            requests.push_back({.tensor = tensor, .histogram = false, .channels = true});
        };
        for (const Link &link : m_links) {
            request(link.tensors.back());
            if (!link.clipped.empty())
                request(link.clipped);
        }
        for (const Ends &ends : m_ends) {
            request(ends.input);
            request(ends.output);
        }
        QS_TRY(const DatasetPtr data, m_input.data());
        QS_TRY(const StatisticsPtr statistics,
               calibrate(*m_input.model, *someSamples(data, kSamples), mergeRequests(requests),
                         m_input.engine, m_input.options, job));
        for (std::size_t l = 0; l < m_layers.size(); ++l) {
            EqualizedLayer &layer = m_layers[l];
            layer.inputPower = powers(statistics->tensors.at(m_ends[l].input), layer.inputs);
            layer.outputPower
                = statistics->tensors.at(m_ends[l].output).meanSquare * static_cast<double>(layer.outputs);
        }
        for (std::size_t p = 0; p < m_pairs.size(); ++p) {
            EqualizedPair &pair = m_pairs[p];
            const TensorStatistics &read = statistics->tensors.at(m_links[p].tensors.back());
            pair.power = read.meanSquare * static_cast<double>(pair.peaks.size());
            for (std::size_t c = 0; c < pair.peaks.size(); ++c) {
                const Range range = c < read.channels.size() ? read.channels[c] : read.extent;
                pair.peaks[c] = static_cast<double>(std::max(std::abs(range.min), std::abs(range.max)));
            }
            if (m_links[p].clipped.empty())
                continue;
            const TensorStatistics &clipped = statistics->tensors.at(m_links[p].clipped);
            for (std::size_t c = 0; c < clipped.channels.size(); ++c) {
                const double peak = std::max(0.0, static_cast<double>(clipped.channels[c].max));
                const double deviation = std::sqrt(variance(clipped, c));
                const double reach = std::max(peak, clipped.channelMeans[c] + kDeviations * deviation);
                pair.clipPeaks.push_back(
                    peak >= m_links[p].limit ? 1 : std::min(reach / m_links[p].limit, kBelowLimit));
            }
            // A value without channels has no peaks to tell: all of them count as clipped.
            pair.clipPeaks.resize(pair.peaks.size(), 1);
        }
        return Done {};
    }

    static double variance(const TensorStatistics &tensor, std::size_t channel)
    {
        const double mean = tensor.channelMeans[channel];
        return std::max(0.0, tensor.channelMeanSquares[channel] - mean * mean);
    }

    static std::vector<double> powers(const TensorStatistics &tensor, std::size_t channels)
    {
        return tensor.channelMeanSquares.size() == channels ? tensor.channelMeanSquares
                                                            : std::vector(channels, tensor.meanSquare);
    }

    std::vector<EqualizedFactors> unchanged() const
    {
        std::vector<EqualizedFactors> factors;
        for (const EqualizedPair &pair : m_pairs)
            factors.push_back({std::vector(pair.peaks.size(), 1.0), 1});
        return factors;
    }

    /// To three digits: the metadata lists every factor, and ranges need no more.
    static float rounded(double factor)
    {
        char text[32];
        std::snprintf(text, sizeof text, "%.2e", factor);
        return static_cast<float>(std::atof(text));
    }

    static Finding nothing()
    {
        return {
            Severity::Info,
            "nothing-to-equalize",
            {},
            sentence(QS_TR_NOOP(
                "Sentence", "no two layers follow each other with nothing but activations between them"))};
    }

    Finding summary(const std::vector<EqualizedFactors> &factors, double before, double after) const
    {
        std::size_t channels = 0;
        std::size_t tied = 0;
        double widest = 1;
        for (std::size_t p = 0; p < m_pairs.size(); ++p) {
            channels += m_pairs[p].peaks.size();
            for (std::size_t c = 0; c < m_pairs[p].peaks.size(); ++c)
                tied += m_pairs[p].isTied(c) ? 1 : 0;
            const auto [low, high] = std::ranges::minmax(factors[p].factors);
            widest = std::max(widest, high / low);
        }
        char gain[32];
        std::snprintf(gain, sizeof gain, "%.1f",
                      before > 0 && after > 0 ? 10 * std::log10(before / after) : 0.0);
        return {
            Severity::Info,
            "equalized",
            {},
            sentence(QS_TR_NOOP("Sentence",
                                "%1 pairs of layers, %2 channels; factors differ by up to %3 times within "
                                "a pair; %4 channels reach the limit of a Clip and keep to it; %5 dB less "
                                "noise expected"),
                     {std::to_string(m_pairs.size()), std::to_string(channels),
                      std::to_string(std::lround(widest)), std::to_string(tied), gain})};
    }

    const RefinementInput &m_input;
    const GraphView &m_graph;
    const GraphEdit m_edit;
    const ShapeMap &m_shapes;
    std::map<NodeId, std::optional<std::size_t>> m_places; ///< in m_layers
    std::vector<EqualizedLayer> m_layers;
    std::vector<Ends> m_ends; ///< parallel to m_layers
    std::vector<EqualizedPair> m_pairs;
    std::vector<Link> m_links; ///< parallel to m_pairs
};

} // namespace

void register_equalizerefinement(RefinementRegistry &registry)
{
    registry.add(
        {.id = "equalize",
         .title = QS_TR_NOOP("Refinement", "Cross-layer equalization"),
         .help = QS_TR_NOOP("Refinement",
                            "Scales channels between neighbouring layers so that rounding adds least noise, "
                            "which saves networks whose weights have one scale for the whole tensor."),
         .order = 10,
         .params = {boolParam(
             "equalize", false, QS_TR_NOOP("Params", "Cross-layer equalization"),
             QS_TR_NOOP("Params",
                        "Channels are scaled between neighbouring layers so that rounding adds least noise "
                        "(after Nagel et al. 2019). Helps weights with one scale a tensor."))},
         .rescale = [](const RefinementInput &input, PassReport &report,
                       JobContext &job) { return Equalizer(input).run(report, job); },
         .refine = {}});
}

} // namespace qs
