// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   LayerNorm(g, b) ──► x ──► MatMul(W)          ⇒   LayerNorm(g/s, b/s) ──► x/s ──► MatMul(s·W)
//   f ──► x ──► MatMul(W), somebody else         ⇒   f ──► x ──► Mul(1/s) ──► MatMul(s·W)
//
// Xiao et al., "SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models",
// ICML 2023: s_j = max|x_j|^alpha / max|W_j|^(1 - alpha) moves outliers of single channels of an activation,
// which one scale for the whole tensor has to span, into the weights. The maxima are measured on calibration
// samples. What makes x takes the factors where it can (LayerNormalization, Mul and Add with constants, Gemm,
// MatMul, also through Relu); elsewhere a Mul is put before the MatMuls.
#include "core/base/paramspec.h"
#include "core/data/datasetsubset.h"
#include "core/refinements/refinement.h"
#include "core/refinements/rescaling.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

namespace qs {
namespace {

constexpr std::size_t kSamples = 64;
constexpr double kLargestFactor = 1e4;

/// An activation and what is known of its channels, the last dimension.
struct Smoothed
{
    std::string tensor;
    std::vector<double> weights; ///< largest magnitude of the weights of all readers, one a channel
    std::vector<double> values; ///< largest magnitude of the activation
};

class SmoothQuant
{
public:
    explicit SmoothQuant(const RefinementInput &input)
        : m_input(input)
        , m_graph(input.model->graph())
        , m_edit(*input.model)
        , m_alpha(input.parameters.real("smoothquant_alpha"))
    { }

    Result<std::vector<Rescale>> run(PassReport &report, JobContext &job)
    {
        QS_CHECK(findActivations());
        std::vector<Rescale> rescales;
        if (m_found.empty())
            return rescales;
        QS_CHECK(measure(job));
        int inserted = 0;
        double widest = 1;
        for (const Smoothed &found : m_found) {
            Rescale rescale {.tensors = {}, .axis = -1, .factors = factorsOf(found), .insertedAfter = {}};
            const auto [low, high] = std::minmax_element(rescale.factors.begin(), rescale.factors.end());
            widest = std::max(widest, static_cast<double>(*high / *low));
            QS_TRY(rescale.tensors, foldable(found));
            if (rescale.tensors.empty()) {
                rescale.insertedAfter = found.tensor;
                rescale.tensors = {m_edit.uniqueName(found.tensor + "_smoothed")};
                ++inserted;
            }
            rescales.push_back(std::move(rescale));
        }
        report.changes = static_cast<int>(rescales.size());
        report.findings.push_back(
            {Severity::Info,
             "smoothed",
             {},
             sentence(
                 QS_TR_NOOP("Sentence",
                            "%1 activations smoothed, %2 of them by a Mul of their own; factors differ by "
                            "up to %3 times within a tensor"),
                 {std::to_string(rescales.size()), std::to_string(inserted),
                  std::to_string(std::lround(widest))})});
        return rescales;
    }

private:
    bool isDense(const onnx::NodeProto &node) const { return isOp(node, "MatMul") || isOp(node, "Gemm"); }

    Status findActivations()
    {
        std::map<std::string, std::size_t> places;
        for (const NodeId id : m_graph.topologicalOrder()) {
            const onnx::NodeProto &node = m_graph.node(id);
            if (!isDense(node))
                continue;
            QS_TRY(const std::optional<WeightedNode> weighted, readWeightedNode(m_edit, id));
            const std::string &tensor = node.input(0);
            if (!weighted || m_graph.initializer(tensor) || m_graph.isGraphInput(tensor))
                continue;
            const WeightChannels channels = weightChannels(node, *weighted);
            const auto count = static_cast<std::size_t>(channels.inputs);
            const auto [place, isNew] = places.emplace(tensor, m_found.size());
            if (isNew)
                m_found.push_back({tensor, std::vector<double>(count), std::vector<double>(count)});
            Smoothed &found = m_found[place->second];
            if (found.weights.size() != count)
                return Error {ErrorCode::Format, tensor, "is read by weights of different sizes"};
            const auto values = weighted->weight.floats();
            for (std::size_t i = 0; i < values.size(); ++i) {
                double &largest = found.weights[static_cast<std::size_t>(channels.input[i])];
                largest = std::max(largest, std::abs(static_cast<double>(values[i])));
            }
        }
        return Done {};
    }

    Status measure(JobContext &job)
    {
        QS_TRY(const DatasetPtr all, m_input.data());
        const DatasetPtr data = someSamples(all, kSamples);
        SessionOptions options {.threads = m_input.options.threads};
        for (const Smoothed &found : m_found)
            options.taps.push_back(found.tensor);
        QS_TRY(const auto session, m_input.engine.open(*m_input.model, options));
        std::map<std::string, std::size_t> positions;
        for (std::size_t i = 0; i < session->outputs().size(); ++i)
            positions[session->outputs()[i].name] = i;
        SampleReader reader(*data, job);
        for (std::int64_t done = 0;; ++done) {
            job.throwIfStopped();
            job.progress("smoothquant", done, static_cast<std::int64_t>(data->size()));
            QS_TRY(const auto next, reader.next());
            if (!next)
                return Done {};
            QS_TRY(const std::vector<Tensor> values, session->run(next->second.inputs, job));
            for (Smoothed &found : m_found)
                widen(found, values[positions.at(found.tensor)]);
        }
    }

    static void widen(Smoothed &found, const Tensor &values)
    {
        const std::size_t channels = found.values.size();
        if (values.type() != DType::Float32 || values.shape().empty()
            || static_cast<std::size_t>(values.shape().back()) != channels)
            return;
        const auto x = values.floats();
        for (std::size_t i = 0; i < x.size(); ++i) {
            if (std::isfinite(x[i]))
                found.values[i % channels]
                    = std::max(found.values[i % channels], std::abs(static_cast<double>(x[i])));
        }
    }

    std::vector<float> factorsOf(const Smoothed &found) const
    {
        std::vector<float> factors;
        for (std::size_t c = 0; c < found.values.size(); ++c) {
            const double x = found.values[c];
            const double w = found.weights[c];
            const double factor = x > 0 && w > 0 ? std::clamp(std::pow(x, m_alpha) / std::pow(w, 1 - m_alpha),
                                                              1 / kLargestFactor, kLargestFactor)
                                                 : 1;
            factors.push_back(static_cast<float>(factor));
        }
        return factors;
    }

    bool isChannelConstant(const std::string &name, std::size_t channels) const
    {
        const auto constant = m_edit.constant(name);
        return constant.ok() && constant.value() && constant.value()->type() == DType::Float32
            && constant.value()->size() == channels && !constant.value()->shape().empty()
            && constant.value()->shape().back() == static_cast<std::int64_t>(channels);
    }

    /// The input of \a node, an Add or Mul, that is not a constant of one number a channel; empty when there
    /// is no such pair.
    std::string variableInput(const onnx::NodeProto &node, std::size_t channels) const
    {
        if (node.input_size() != 2)
            return {};
        const bool first = isChannelConstant(node.input(0), channels);
        const bool second = isChannelConstant(node.input(1), channels);
        return first == second ? std::string() : node.input(first ? 1 : 0);
    }

    /// The tensors from what can take the factors to the smoothed one; empty when nothing can.
    Result<std::vector<std::string>> foldable(const Smoothed &found) const
    {
        const std::vector<std::string> none;
        std::vector<std::string> tensors {found.tensor};
        const std::size_t channels = found.values.size();
        for (const Use &use : m_graph.uses(found.tensor)) {
            if (use.input != 0 || !isDense(m_graph.node(use.node)))
                return none;
            QS_TRY(const auto weighted, readWeightedNode(m_edit, use.node));
            if (!weighted)
                return none;
        }
        while (!m_graph.isGraphOutput(tensors.front())) {
            const auto producer = m_graph.producer(tensors.front());
            if (!producer)
                return none;
            const onnx::NodeProto &node = m_graph.node(*producer);
            if (isOp(node, "LayerNormalization") && node.input_size() > 1 && takesFactors(node, channels))
                return tensors;
            if (isOp(node, "Mul"))
                return variableInput(node, channels).empty() ? none : tensors;
            if (isDense(node)) {
                QS_TRY(const auto weighted, readWeightedNode(m_edit, *producer));
                return weighted && static_cast<std::size_t>(weighted->channels) == channels ? tensors : none;
            }
            const std::string before = isOp(node, "Relu") ? node.input(0)
                : isOp(node, "Add")                       ? variableInput(node, channels)
                                                          : std::string();
            if (before.empty() || m_graph.uses(before).size() != 1)
                return none;
            tensors.insert(tensors.begin(), before);
        }
        return none;
    }

    bool takesFactors(const onnx::NodeProto &norm, std::size_t channels) const
    {
        return isChannelConstant(norm.input(1), channels)
            && (norm.input_size() < 3 || norm.input(2).empty() || isChannelConstant(norm.input(2), channels));
    }

    const RefinementInput &m_input;
    const GraphView &m_graph;
    GraphEdit m_edit;
    const double m_alpha;
    std::vector<Smoothed> m_found;
};

} // namespace

void register_smoothquantrefinement(RefinementRegistry &registry)
{
    registry.add(
        {.id = "smoothquant",
         .title = QS_TR_NOOP("Refinement", "SmoothQuant"),
         .help = QS_TR_NOOP("Refinement",
                            "Moves outliers of single channels from activations into weights: for "
                            "transformers."),
         .order = 20,
         .params
         = {boolParam("smoothquant", false, QS_TR_NOOP("Params", "SmoothQuant"),
                      QS_TR_NOOP("Params",
                                 "Moves outliers of single channels from what MatMul and Gemm read "
                                 "into their weights (Xiao et al. 2023): for transformers.")),
            realParam("smoothquant_alpha", 0.5, 0, 1, QS_TR_NOOP("Params", "SmoothQuant alpha"),
                      QS_TR_NOOP("Params",
                                 "0 leaves all of the range in the activations, 1 moves all of it into "
                                 "the weights."))},
         .rescale = [](const RefinementInput &input, PassReport &report,
                       JobContext &job) { return SmoothQuant(input).run(report, job); },
         .refine = {}});
}

} // namespace qs
