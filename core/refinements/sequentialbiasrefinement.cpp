// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   b   ⇒   b + E[W x + b] - E[W' x' + b']       x' and W': as the quantized model has them
//
// Empirical bias correction (Nagel et al., ICCV 2019, appendix D): one layer after the other, in the order of
// the flow, so that each makes up for its own rounding and for what the layers before it still do to its
// input, clipping and the rounding of activations included. The expected outputs before the activation are
// measured over a few calibration samples: those of the float model once, those of the quantized model anew
// for every layer, with all corrections so far.
//
// A mean over few samples is uncertain, and what one layer gets wrong all later ones see. So the difference d
// of a channel, whose samples vary with v, is corrected by d^2 / (d^2 + v / n) of itself: all of it where
// every sample agrees, little of it where the samples contradict each other (Wiener's estimate).
#include "core/base/paramspec.h"
#include "core/data/datasetsubset.h"
#include "core/refinements/refinement.h"
#include "core/run/carryout.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace qs {
namespace {

struct Layer
{
    std::string name;
    std::string output; ///< in the float model
};

/// Means over all positions of each channel (dimension 1), one list a sample; an empty one where the value
/// has no channels.
using SampleMeans = std::vector<std::vector<double>>;

std::vector<double> channelMeans(const Tensor &value)
{
    const Shape &shape = value.shape();
    if (value.type() != DType::Float32 || shape.size() < 2 || value.size() == 0)
        return {};
    const auto channels = static_cast<std::size_t>(shape[1]);
    const std::size_t inner = value.size() / channels / static_cast<std::size_t>(shape[0]);
    std::vector<double> means(channels);
    for (std::size_t i = 0; i < value.size(); ++i)
        means[i / inner % channels] += static_cast<double>(value.floats()[i]);
    for (double &mean : means)
        mean *= static_cast<double>(channels) / static_cast<double>(value.size());
    return means;
}

/// Of each of \a values, over \a data.
Result<std::vector<SampleMeans>> measureMeans(const Model &model, const std::vector<std::string> &values,
                                              const Dataset &data, const RefinementInput &input,
                                              JobContext &job)
{
    SessionOptions options;
    options.threads = input.options.threads;
    options.taps = values;
    QS_TRY(const auto session, input.engine.open(model, options));
    std::vector<std::size_t> positions;
    for (const std::string &value : values) {
        const auto it = std::ranges::find(session->outputs(), value, &ValueInfo::name);
        if (it == session->outputs().end())
            return Error {ErrorCode::Runtime, value, "is not among the results"};
        positions.push_back(static_cast<std::size_t>(it - session->outputs().begin()));
    }
    std::vector<SampleMeans> means(values.size());
    SampleReader reader(data, job);
    while (true) {
        QS_TRY(const auto next, reader.next());
        if (!next)
            return means;
        QS_TRY(const std::vector<Tensor> results, session->run(next->second.inputs, job));
        for (std::size_t i = 0; i < positions.size(); ++i)
            means[i].push_back(channelMeans(results[positions[i]]));
    }
}

class SequentialBias
{
public:
    SequentialBias(Plan &plan, const RefinementInput &input)
        : m_plan(plan)
        , m_input(input)
        , m_graph(input.model->graph())
    { }

    Status run(PassReport &report, JobContext &job)
    {
        QS_TRY(const DatasetPtr all, m_input.data());
        const DatasetPtr data
            = someSamples(all, static_cast<std::size_t>(m_input.parameters.integer("sequential_samples")));
        const std::vector<Layer> layers = findLayers();
        std::vector<std::string> outputs;
        for (const Layer &layer : layers)
            outputs.push_back(layer.output);
        if (outputs.empty())
            return Done {};
        // The samples were calibrated with already; what is odd about them was told then.
        JobContext quiet = job.withSinks({}, {});
        QS_TRY(const std::vector<SampleMeans> wanted,
               measureMeans(*m_input.model, outputs, *data, m_input, quiet));
        for (std::size_t i = 0; i < layers.size(); ++i) {
            job.throwIfStopped();
            job.progress("sequential_bias_correction", static_cast<std::int64_t>(i),
                         static_cast<std::int64_t>(layers.size()));
            QS_TRY(const SampleMeans found, measure(layers[i], *data, quiet));
            correct(layers[i], wanted[i], found);
        }
        report.changes = m_corrected;
        report.findings.push_back(summary());
        return Done {};
    }

private:
    std::vector<Layer> findLayers() const
    {
        std::vector<Layer> layers;
        for (const NodePlan &node : m_plan.nodes) {
            const auto id = m_graph.findLayer(node.layer);
            if (id && node.form == NodeForm::Integer && m_plan.tensors.contains(biasKey(node.layer)))
                layers.push_back({node.layer, m_graph.node(*id).output(0)});
        }
        return layers;
    }

    /// Means of the channels that \a layer has in the quantized model before its output is rounded: the
    /// runtime computes what is looked at in float, on the integers' values, and all other layers as usual.
    Result<SampleMeans> measure(const Layer &layer, const Dataset &data, JobContext &job) const
    {
        Plan plan = m_plan;
        plan.format = FileFormat::Qdq;
        plan.channelMultiples = {}; // channel by channel as in the float model
        QS_TRY(const PassResult quantized,
               carryOut(m_input.model, m_input.shapes, plan, m_input.recipe, job));
        const std::string output = outputIn(quantized.model->graph(), layer);
        if (output.empty())
            return SampleMeans {};
        QS_TRY(std::vector<SampleMeans> means, measureMeans(*quantized.model, {output}, data, m_input, job));
        return std::move(means.front());
    }

    /// What the layer is called that makes \a layer's output in a quantized model: the name of an activation
    /// that its grid carries out, perhaps with a pair of quantizers behind it. Empty when it is not there.
    std::string outputIn(const GraphView &graph, const Layer &layer) const
    {
        if (isLayerOutput(graph, layer.output))
            return layer.output;
        std::string value = layer.output;
        while (m_graph.uses(value).size() == 1 && isAbsorbed(m_graph.uses(value)[0].node))
            value = m_graph.node(m_graph.uses(value)[0].node).output(0);
        if (isLayerOutput(graph, value))
            return value;
        const auto dequantize = graph.producer(value);
        auto quantize = dequantize && isOp(graph.node(*dequantize), "DequantizeLinear")
            ? graph.producer(graph.node(*dequantize).input(0))
            : std::nullopt;
        if (quantize && isOp(graph.node(*quantize), "Clip")) // of integers
            quantize = graph.producer(graph.node(*quantize).input(0));
        if (quantize && isOp(graph.node(*quantize), "QuantizeLinear")
            && isLayerOutput(graph, graph.node(*quantize).input(0)))
            return graph.node(*quantize).input(0);
        return {};
    }

    static bool isLayerOutput(const GraphView &graph, const std::string &value)
    {
        const auto producer = graph.producer(value);
        return producer
            && (isOp(graph.node(*producer), "Conv") || isOp(graph.node(*producer), "Gemm")
                || isOp(graph.node(*producer), "ConvTranspose"));
    }

    bool isAbsorbed(NodeId id) const
    {
        const std::string &name = m_graph.layerName(id);
        return std::any_of(m_plan.nodes.begin(), m_plan.nodes.end(), [&](const NodePlan &node) {
            return node.layer == name && node.form == NodeForm::Absorbed;
        });
    }

    void correct(const Layer &layer, const SampleMeans &wanted, const SampleMeans &found)
    {
        TensorPlan &bias = m_plan.tensors.at(biasKey(layer.name));
        const std::size_t channels = wanted.empty() ? 0 : wanted.front().size();
        const auto fits = [channels](const std::vector<double> &means) { return means.size() == channels; };
        if (channels == 0 || found.size() != wanted.size() || !std::ranges::all_of(wanted, fits)
            || !std::ranges::all_of(found, fits) || (!bias.shift.empty() && bias.shift.size() != channels))
            return;
        bias.shift.resize(channels, 0.F);
        double error = 0;
        double signal = 0;
        for (std::size_t c = 0; c < channels; ++c) {
            const double difference = trustedDifference(wanted, found, c);
            if (!std::isfinite(difference))
                continue;
            bias.shift[c] = static_cast<float>(static_cast<double>(bias.shift[c]) + difference);
            error += difference * difference;
            signal += wanted.front()[c] * wanted.front()[c];
        }
        bias.reason = sentence(QS_TR_NOOP("Sentence", "%1; corrected on the quantized model"), {bias.reason});
        ++m_corrected;
        m_largest = std::max(m_largest, signal > 0 ? std::sqrt(error / signal) : 0);
    }

    static double trustedDifference(const SampleMeans &wanted, const SampleMeans &found, std::size_t channel)
    {
        const auto count = static_cast<double>(wanted.size());
        double sum = 0;
        double squares = 0;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const double difference = wanted[i][channel] - found[i][channel];
            sum += difference;
            squares += difference * difference;
        }
        const double mean = sum / count;
        if (count < 2)
            return mean;
        const double uncertainty = std::max(0.0, squares - count * mean * mean) / (count - 1) / count;
        return mean == 0 ? 0 : mean * (mean * mean / (mean * mean + uncertainty));
    }

    Finding summary() const
    {
        char text[32];
        std::snprintf(text, sizeof text, "%.1f", 100 * m_largest);
        return {Severity::Info,
                "bias-corrected",
                {},
                sentence(QS_TR_NOOP("Sentence",
                                    "%1 biases corrected on the quantized model; the means of a layer's "
                                    "channels were off by up to %2 %"),
                         {std::to_string(m_corrected), text})};
    }

    Plan &m_plan;
    const RefinementInput &m_input;
    const GraphView &m_graph;
    int m_corrected = 0;
    double m_largest = 0;
};

} // namespace

void register_sequentialbiasrefinement(RefinementRegistry &registry)
{
    registry.add(
        {.id = "sequential_bias_correction",
         .title = QS_TR_NOOP("Refinement", "Sequential bias correction"),
         .help = QS_TR_NOOP("Refinement",
                            "Layer after layer, biases make up for the mean error that is measured on the "
                            "quantized model."),
         .order = 30,
         .params
         = {boolParam("sequential_bias_correction", false, QS_TR_NOOP("Params", "Sequential bias correction"),
                      QS_TR_NOOP("Params",
                                 "Layer after layer, biases make up for the mean error measured on the "
                                 "quantized model; runs it once a layer.")),
            intParam("sequential_samples", 32, 1, 100000,
                     QS_TR_NOOP("Params", "Samples of sequential bias correction"),
                     QS_TR_NOOP("Params", "How many calibration samples each layer is measured on."))},
         .rescale = {},
         .refine = [](Plan &plan, const RefinementInput &input, PassReport &report, JobContext &job) {
             return SequentialBias(plan, input).run(report, job);
         }});
}

} // namespace qs
