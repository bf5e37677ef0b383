// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   Conv(x, W, b) ──► Relu ──► Conv(t, V, c)   ⇒   Conv(x, W/s, b/s) ──► Relu ──► Conv(t', V·s, c)
//
// Cross-layer equalization: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias
// Correction", ICCV 2019, section 4.1. With s = sqrt(r_W / r_V), r the largest magnitude of a channel's
// weights, both layers have the same range in every channel, so that a scale for the whole tensor fits them
// all. Pairs share layers (pointwise, depthwise, pointwise), so it is repeated until nothing moves.
//
// What may stand between the two layers commutes with positive factors: Relu, LeakyRelu, pooling, Flatten of
// single pixels. Clip(0, 6) does so only for values below 6. Replacing it by Relu, as is often done, changes
// networks that were trained with it a lot (to 5 dB of output SQNR with MobileNet), so it is kept exact: a
// few calibration samples tell which channels ever reach the limit. Those share one factor, by which the
// limit is divided too; the others may have any factor that keeps them below it.
#include "core/base/paramspec.h"
#include "core/data/datasetsubset.h"
#include "core/model/cliplimits.h"
#include "core/refinements/refinement.h"
#include "core/refinements/rescaling.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

namespace qs {
namespace {

constexpr int kMaxSweeps = 40;
/// Factors of a sweep that are this near to 1 end it: a hundredth of a bit of range.
constexpr double kSettled = 0.007;
/// Between a channel's peak and the limit, as factors are rounded to three digits.
constexpr double kRoom = 1.01;
/// Keeps scales of weights and biases far from the ends of float32 where a channel is all but dead.
constexpr double kLargestFactor = 1e4;

/// Samples that tell which channels reach the limit of a Clip.
constexpr std::size_t kClipSamples = 64;

/// Layers on both sides of a group of tensors that can take factors.
struct Pair
{
    std::size_t producer = 0; ///< of Equalizer::m_layers
    std::vector<std::size_t> consumers;
    std::vector<std::string> tensors;
    std::vector<double> factors;
    std::string clipped; ///< what the Clip reads; empty = no Clip
    double limit = 0; ///< of the Clip
    std::vector<double> peaks; ///< of \c clipped, one a channel
    double limitFactor = 1;
};

/// A weighted node as far as ranges go.
struct Layer
{
    std::vector<std::int32_t> inputs;
    std::vector<std::int32_t> outputs;
    std::vector<double> magnitudes; ///< of its weights, with all factors so far
    std::size_t inputCount = 0;
    std::size_t outputCount = 0;
};

std::vector<double> largest(const std::vector<double> &magnitudes, const std::vector<std::int32_t> &channels,
                            std::size_t count)
{
    std::vector<double> ranges(count);
    for (std::size_t i = 0; i < magnitudes.size(); ++i) {
        double &range = ranges[static_cast<std::size_t>(channels[i])];
        range = std::max(range, magnitudes[i]);
    }
    return ranges;
}

void scale(std::vector<double> &magnitudes, const std::vector<std::int32_t> &channels,
           const std::vector<double> &factors, bool divide)
{
    for (std::size_t i = 0; i < magnitudes.size(); ++i) {
        const double factor = factors[static_cast<std::size_t>(channels[i])];
        magnitudes[i] = divide ? magnitudes[i] / factor : magnitudes[i] * factor;
    }
}

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
        QS_CHECK(findPeaks(job));
        for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
            job.throwIfStopped();
            double moved = 0;
            for (Pair &pair : m_pairs)
                moved = std::max(moved, equalize(pair));
            if (moved < kSettled)
                break;
        }
        std::vector<Rescale> rescales;
        for (const Pair &pair : m_pairs) {
            Rescale rescale {.tensors = pair.tensors, .axis = 1, .factors = {}, .insertedAfter = {}};
            rescale.limitFactor = rounded(pair.limitFactor);
            for (const double factor : pair.factors)
                rescale.factors.push_back(rounded(factor));
            rescales.push_back(std::move(rescale));
        }
        report.changes = static_cast<int>(rescales.size());
        report.findings.push_back(summary());
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
        Layer layer {channels.input,
                     channels.output,
                     {},
                     static_cast<std::size_t>(channels.inputs),
                     static_cast<std::size_t>(weighted->channels)};
        for (const float value : weighted->weight.floats()) {
            if (!std::isfinite(value))
                return place;
            layer.magnitudes.push_back(std::abs(static_cast<double>(value)));
        }
        m_layers.push_back(std::move(layer));
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
        Pair pair {.producer = *producer, .consumers = {}, .tensors = {}, .factors = {}};
        std::string value = m_graph.node(id).output(0);
        while (true) {
            if (m_graph.isGraphOutput(value) || m_graph.uses(value).empty())
                return Done {};
            pair.tensors.push_back(value);
            const std::vector<Use> &uses = m_graph.uses(value);
            const onnx::NodeProto &next = m_graph.node(uses[0].node);
            if (uses.size() != 1 || uses[0].input != 0 || !commutes(next))
                break;
            if (const auto limit = clipLimit(next)) {
                if (!pair.clipped.empty())
                    return Done {};
                pair.clipped = value;
                pair.limit = static_cast<double>(*limit);
            }
            value = next.output(0);
        }
        const std::size_t channels = m_layers[*producer].outputCount;
        for (const Use &use : m_graph.uses(value)) {
            if (use.input != 0)
                return Done {};
            QS_TRY(const std::optional<std::size_t> consumer, layerOf(use.node));
            if (!consumer || m_layers[*consumer].inputCount != channels)
                return Done {};
            pair.consumers.push_back(*consumer);
        }
        pair.factors.assign(channels, 1.0);
        m_pairs.push_back(std::move(pair));
        return Done {};
    }

    /// Runs the model once for all Clips.
    Status findPeaks(JobContext &job)
    {
        std::vector<StatRequest> requests;
        for (const Pair &pair : m_pairs) {
            if (!pair.clipped.empty())
                requests.push_back({.tensor = pair.clipped, .histogram = false, .channels = true});
        }
        if (requests.empty())
            return Done {};
        QS_TRY(const DatasetPtr data, m_input.data());
        QS_TRY(const StatisticsPtr statistics,
               calibrate(*m_input.model, *someSamples(data, kClipSamples), requests, m_input.engine,
                         m_input.options, job));
        for (Pair &pair : m_pairs) {
            if (pair.clipped.empty())
                continue;
            for (const Range &range : statistics->tensors.at(pair.clipped).channels)
                pair.peaks.push_back(std::max(0.0, static_cast<double>(range.max)));
            // A value without channels has no peaks to tell: all of them count as clipped.
            pair.peaks.resize(pair.factors.size(), pair.limit);
        }
        return Done {};
    }

    /// Makes \a wanted factors such that the Clip of \a pair goes on doing what it did.
    static void respectLimit(Pair &pair, std::vector<double> &wanted)
    {
        double logarithms = 0;
        int clipping = 0;
        for (std::size_t c = 0; c < wanted.size(); ++c) {
            if (pair.peaks[c] >= pair.limit) {
                logarithms += std::log(wanted[c]);
                ++clipping;
            }
        }
        if (clipping == 0) {
            // Nobody needs the limit; it must not become one.
            pair.limitFactor = *std::min_element(wanted.begin(), wanted.end());
            return;
        }
        pair.limitFactor = std::exp(logarithms / clipping);
        for (std::size_t c = 0; c < wanted.size(); ++c) {
            const double least = kRoom * pair.limitFactor * pair.peaks[c] / pair.limit;
            wanted[c] = pair.peaks[c] >= pair.limit ? pair.limitFactor : std::max(wanted[c], least);
        }
    }

    /// One step of \a pair; how far its factors moved, relatively.
    double equalize(Pair &pair)
    {
        Layer &producer = m_layers[pair.producer];
        const std::size_t channels = pair.factors.size();
        const std::vector<double> before = largest(producer.magnitudes, producer.outputs, channels);
        std::vector<double> after(channels);
        for (const std::size_t consumer : pair.consumers) {
            const Layer &layer = m_layers[consumer];
            const std::vector<double> ranges = largest(layer.magnitudes, layer.inputs, channels);
            for (std::size_t c = 0; c < channels; ++c)
                after[c] = std::max(after[c], ranges[c]);
        }
        std::vector<double> wanted = pair.factors;
        for (std::size_t c = 0; c < channels; ++c) {
            if (before[c] > 0 && after[c] > 0) // a dead channel has nothing to gain
                wanted[c] = std::clamp(wanted[c] * std::sqrt(before[c] / after[c]), 1 / kLargestFactor,
                                       kLargestFactor);
        }
        if (!pair.clipped.empty())
            respectLimit(pair, wanted);
        std::vector<double> steps(channels);
        double moved = 0;
        for (std::size_t c = 0; c < channels; ++c) {
            steps[c] = wanted[c] / pair.factors[c];
            moved = std::max(moved, std::abs(std::log(steps[c])));
        }
        pair.factors = std::move(wanted);
        scale(producer.magnitudes, producer.outputs, steps, true);
        for (const std::size_t consumer : pair.consumers)
            scale(m_layers[consumer].magnitudes, m_layers[consumer].inputs, steps, false);
        return moved;
    }

    /// To three digits: the metadata lists every factor, and ranges need no more.
    static float rounded(double factor)
    {
        char text[32];
        std::snprintf(text, sizeof text, "%.2e", factor);
        return static_cast<float>(std::atof(text));
    }

    Finding summary() const
    {
        std::size_t channels = 0;
        std::size_t tied = 0;
        double widest = 1;
        for (const Pair &pair : m_pairs) {
            channels += pair.factors.size();
            tied += static_cast<std::size_t>(std::count_if(pair.peaks.begin(), pair.peaks.end(),
                                                           [&](double peak) { return peak >= pair.limit; }));
            const auto [low, high] = std::minmax_element(pair.factors.begin(), pair.factors.end());
            widest = std::max(widest, *high / *low);
        }
        if (m_pairs.empty())
            return {Severity::Info,
                    "nothing-to-equalize",
                    {},
                    sentence(QS_TR_NOOP(
                        "Sentence",
                        "no two layers follow each other with nothing but activations between them"))};
        return {
            Severity::Info,
            "equalized",
            {},
            sentence(QS_TR_NOOP("Sentence",
                                "%1 pairs of layers, %2 channels; factors differ by up to %3 times within "
                                "a pair; %4 channels reach the limit of a Clip and keep to it"),
                     {std::to_string(m_pairs.size()), std::to_string(channels),
                      std::to_string(std::lround(widest)), std::to_string(tied)})};
    }

    const RefinementInput &m_input;
    const GraphView &m_graph;
    const GraphEdit m_edit;
    const ShapeMap &m_shapes;
    std::vector<Layer> m_layers;
    std::map<NodeId, std::optional<std::size_t>> m_places;
    std::vector<Pair> m_pairs;
};

} // namespace

void register_equalizerefinement(RefinementRegistry &registry)
{
    registry.add(
        {.id = "equalize",
         .title = QS_TR_NOOP("Refinement", "Cross-layer equalization"),
         .help = QS_TR_NOOP("Refinement",
                            "Neighbouring layers share the ranges of their channels, which saves networks "
                            "whose weights have one scale for the whole tensor."),
         .order = 10,
         .params = {boolParam(
             "equalize", false, QS_TR_NOOP("Params", "Cross-layer equalization"),
             QS_TR_NOOP("Params",
                        "Neighbouring layers share the ranges of their channels (Nagel et al. 2019). Helps "
                        "weights with one scale a tensor."))},
         .rescale = [](const RefinementInput &input, PassReport &report,
                       JobContext &job) { return Equalizer(input).run(report, job); },
         .refine = {}});
}

} // namespace qs
