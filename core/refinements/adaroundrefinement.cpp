// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
//   q = round(w / s)   ⇒   q = floor(w / s) + {0, 1}, chosen so that the layer's outputs stay
//
// AdaRound, layer by layer, on the inputs that the float model has on calibration samples; see
// softrounding.h. The inputs come in as their second moments (gram.h), collected at random places of every
// sample, so that memory and time do not grow with the samples. Where a bias can make up for the mean of the
// error, only its variance counts, and the bias is corrected again for the weights that were chosen.
#include "core/base/paramspec.h"
#include "core/data/datasetsubset.h"
#include "core/plan/biascorrection.h"
#include "core/plan/weightvalues.h"
#include "core/refinements/patches.h"
#include "core/refinements/refinement.h"
#include "core/refinements/softrounding.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>
#include <thread>

namespace qs {
namespace {

constexpr std::uint64_t kSeed = 20200704;
/// Moments that are held at the same time; layers beyond it wait for another pass over the samples.
constexpr std::size_t kMomentBytes = std::size_t {1} << 29;
constexpr std::size_t kFewestPlaces = 1024;
constexpr std::size_t kMostPlaces = 8192;

struct Layer
{
    NodeId node;
    std::string name;
    std::string weightName;
    Tensor weight;
    PatchReader reader;
    bool hasBias = false; ///< that will be corrected
    std::size_t places = 0; ///< to draw from each sample
    std::vector<Gram> grams; ///< one a group
};

class AdaRound
{
public:
    AdaRound(Plan &plan, const RefinementInput &input)
        : m_plan(plan)
        , m_input(input)
        , m_graph(input.model->graph())
        , m_iterations(static_cast<int>(input.parameters.integer("adaround_iterations")))
    { }

    Status run(PassReport &report, JobContext &job)
    {
        QS_TRY(const DatasetPtr all, m_input.data());
        m_data = someSamples(all, static_cast<std::size_t>(m_input.parameters.integer("adaround_samples")));
        QS_CHECK(findLayers());
        for (std::size_t begin = 0; begin < m_layers.size();) {
            const std::size_t end = endOfBatch(begin);
            QS_CHECK(collect(begin, end, job));
            for (std::size_t i = begin; i < end; ++i) {
                job.throwIfStopped();
                job.progress("adaround", static_cast<std::int64_t>(i),
                             static_cast<std::int64_t>(m_layers.size()));
                roundLayer(m_layers[i], job);
                m_layers[i].grams.clear();
            }
            begin = end;
        }
        correctBiases();
        report.changes = static_cast<int>(m_layers.size());
        report.findings.push_back(summary());
        return Done {};
    }

private:
    Status findLayers()
    {
        std::set<std::string> seen;
        for (const NodePlan &node : m_plan.nodes) {
            const auto id = m_graph.findLayer(node.layer);
            if (node.form != NodeForm::Integer || !id || m_graph.node(*id).input_size() < 2)
                continue;
            const std::string &name = m_graph.node(*id).input(1);
            const auto plan = m_plan.tensors.find(name);
            if (plan == m_plan.tensors.end() || plan->second.role != TensorRole::Weight
                || !plan->second.scheme.symmetric || !seen.insert(name).second)
                continue;
            QS_TRY(const std::optional<Tensor> weight, m_input.model->constant(name));
            if (!weight || weight->type() != DType::Float32)
                continue;
            const auto reader = PatchReader::make(m_graph.node(*id), weight->shape());
            if (!reader)
                continue;
            const auto bias = m_plan.tensors.find(biasKey(node.layer));
            const bool corrected = bias != m_plan.tensors.end() && !bias->second.shift.empty();
            m_layers.push_back({*id, node.layer, name, *weight, *reader, corrected, 0, {}});
        }
        return Done {};
    }

    static std::size_t momentBytes(const Layer &layer)
    {
        const auto length = static_cast<std::size_t>(layer.reader.length());
        return static_cast<std::size_t>(layer.reader.groups()) * length * (length + Gram::kLanes)
            * sizeof(float);
    }

    std::size_t endOfBatch(std::size_t begin) const
    {
        std::size_t bytes = 0;
        std::size_t end = begin;
        while (end < m_layers.size() && (end == begin || bytes + momentBytes(m_layers[end]) <= kMomentBytes))
            bytes += momentBytes(m_layers[end++]);
        return end;
    }

    Status collect(std::size_t begin, std::size_t end, JobContext &job)
    {
        SessionOptions options {.threads = m_input.options.threads};
        std::set<std::string> taps;
        for (std::size_t i = begin; i < end; ++i) {
            Layer &layer = m_layers[i];
            const auto length = static_cast<std::size_t>(layer.reader.length());
            const std::size_t wanted = std::clamp(4 * length, kFewestPlaces, kMostPlaces);
            layer.places = (wanted + m_data->size() - 1) / m_data->size();
            layer.grams.assign(static_cast<std::size_t>(layer.reader.groups()), Gram(length));
            taps.insert(m_graph.node(layer.node).input(0));
        }
        options.taps.assign(taps.begin(), taps.end());
        QS_TRY(const auto session, m_input.engine.open(*m_input.model, options));
        std::map<std::string, std::size_t> positions;
        for (std::size_t i = 0; i < session->outputs().size(); ++i)
            positions[session->outputs()[i].name] = i;
        SampleReader reader(*m_data, job);
        for (std::int64_t done = 0;; ++done) {
            job.throwIfStopped();
            job.progress("adaround", done, static_cast<std::int64_t>(m_data->size()));
            QS_TRY(const auto next, reader.next());
            if (!next)
                break;
            QS_TRY(const std::vector<Tensor> values, session->run(next->second.inputs, job));
            parallel(end - begin, [&](std::size_t i) {
                Layer &layer = m_layers[begin + i];
                add(layer, values[positions.at(m_graph.node(layer.node).input(0))], next->first);
            });
        }
        parallel(end - begin, [&](std::size_t i) {
            for (Gram &gram : m_layers[begin + i].grams)
                gram.finish(m_layers[begin + i].hasBias);
        });
        return Done {};
    }

    static void add(Layer &layer, const Tensor &input, std::size_t sample)
    {
        if (input.type() != DType::Float32)
            return;
        for (std::size_t g = 0; g < layer.grams.size(); ++g) {
            // The same places for all groups: neighbouring numbers are read together.
            Random random(kSeed, sample);
            layer.grams[g].add(layer.reader.read(input, static_cast<std::int64_t>(g), layer.places,
                                                 layer.grams[g].stride(), random));
        }
    }

    template <typename Task> void parallel(std::size_t count, Task task) const
    {
        std::atomic<std::size_t> next = 0;
        const auto loop = [&] {
            for (std::size_t i = next++; i < count; i = next++)
                task(i);
        };
        const int threads = m_input.options.threads > 0
            ? m_input.options.threads
            : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
        std::vector<std::jthread> helpers;
        for (int i = 1; i < threads && static_cast<std::size_t>(i) < count; ++i)
            helpers.emplace_back(loop);
        loop();
    }

    void roundLayer(Layer &layer, const JobContext &job)
    {
        TensorPlan &plan = m_plan.tensors.at(layer.weightName);
        const std::int64_t perGroup = layer.reader.outputs() / layer.reader.groups();
        const std::int64_t rows = static_cast<std::int64_t>(Gram::kRows);
        const std::int64_t blocks = (perGroup + rows - 1) / rows;
        std::vector<std::uint8_t> up(layer.weight.size());
        std::vector<double> before(static_cast<std::size_t>(layer.reader.groups() * blocks));
        std::vector<double> after(before.size());
        parallel(before.size(), [&](std::size_t i) {
            if (job.isStopped())
                return;
            const std::int64_t group = static_cast<std::int64_t>(i) / blocks;
            const std::int64_t first = group * perGroup + static_cast<std::int64_t>(i) % blocks * rows;
            const std::int64_t last = std::min(first + rows, (group + 1) * perGroup);
            const Gram &gram = layer.grams[static_cast<std::size_t>(group)];
            const RoundedRows rounded = roundSoftly(readRows(layer, plan, first, last), gram, m_iterations);
            for (std::int64_t row = first; row < last; ++row) {
                for (std::int64_t k = 0; k < layer.reader.length(); ++k)
                    up[layer.reader.element(row, k)] = rounded.up[static_cast<std::size_t>(
                        (row - first) * static_cast<std::int64_t>(gram.stride()) + k)];
            }
            before[i] = rounded.nearestError;
            after[i] = rounded.error;
        });
        job.throwIfStopped();
        plan.roundUp.assign((up.size() + 7) / 8, 0);
        for (std::size_t i = 0; i < up.size(); ++i)
            plan.roundUp[i / 8] = static_cast<std::uint8_t>(plan.roundUp[i / 8] | up[i] << (i % 8));
        plan.reason = sentence(QS_TR_NOOP("Sentence", "%1; rounded by AdaRound"), {plan.reason});
        double nearest = 0;
        double error = 0;
        for (std::size_t i = 0; i < before.size(); ++i) {
            nearest += before[i];
            error += after[i];
        }
        if (nearest > 0)
            m_shares.push_back(error / nearest);
    }

    /// Rows \a first to \a last - 1 of the weight in steps of their grids.
    static RowsToRound readRows(const Layer &layer, const TensorPlan &plan, std::int64_t first,
                                std::int64_t last)
    {
        const QuantLimits limits = limitsOf(plan.scheme);
        const std::size_t inner = elementsPerChannel(layer.weight.shape(), plan);
        const std::size_t stride = layer.grams.front().stride();
        RowsToRound rows;
        rows.count = static_cast<std::size_t>(last - first);
        rows.down.resize(Gram::kRows * stride);
        rows.step.resize(Gram::kRows * stride);
        for (std::int64_t row = first; row < last; ++row) {
            for (std::int64_t k = 0; k < layer.reader.length(); ++k) {
                const std::size_t element = layer.reader.element(row, k);
                const ScaleZeroPoint params = plan.params[element / inner % plan.params.size()];
                const float scale = params.scale;
                const float low = static_cast<float>(limits.min - params.zeroPoint);
                const float high = static_cast<float>(limits.max - params.zeroPoint);
                const float value = layer.weight.floats()[element];
                const float lower = std::clamp(lowerStep(value, scale), low, high);
                const float upper = std::clamp(lowerStep(value, scale) + 1.F, low, high);
                const std::size_t place
                    = static_cast<std::size_t>(row - first) * stride + static_cast<std::size_t>(k);
                rows.down[place] = lower - value / scale;
                rows.step[place] = upper - lower;
            }
        }
        return rows;
    }

    void correctBiases()
    {
        for (const NodePlan &node : m_plan.nodes) {
            const auto bias = m_plan.tensors.find(biasKey(node.layer));
            const auto id = m_graph.findLayer(node.layer);
            if (bias == m_plan.tensors.end() || bias->second.shift.empty() || !id || !m_input.statistics)
                continue;
            const onnx::NodeProto &proto = m_graph.node(*id);
            const auto weight = m_input.model->constant(proto.input(1));
            const auto input = m_input.statistics->tensors.find(proto.input(0));
            if (!weight.ok() || !weight.value() || input == m_input.statistics->tensors.end())
                continue;
            const WeightLayout layout {.groups = intAttribute(proto, "group", 1),
                                       .inputFirst
                                       = isOp(proto, "Gemm") && intAttribute(proto, "transB", 0) == 0};
            bias->second.shift = biasShift(*weight.value(), m_plan.tensors.at(proto.input(1)), layout,
                                           input->second.channelMeans);
        }
    }

    Finding summary() const
    {
        double logarithms = 0;
        for (const double share : m_shares)
            logarithms += std::log(std::max(share, 1e-6));
        const double share
            = m_shares.empty() ? 1 : std::exp(logarithms / static_cast<double>(m_shares.size()));
        return {
            Severity::Info,
            "adaround",
            {},
            sentence(QS_TR_NOOP("Sentence",
                                "%1 layers; the error that rounding the weights makes in their outputs is "
                                "%2 % of that of rounding to nearest (geometric mean)"),
                     {std::to_string(m_layers.size()), std::to_string(std::lround(100 * share))})};
    }

    Plan &m_plan;
    const RefinementInput &m_input;
    const GraphView &m_graph;
    const int m_iterations;
    DatasetPtr m_data;
    std::vector<Layer> m_layers;
    std::vector<double> m_shares; ///< error after / before, one a layer
};

} // namespace

void register_adaroundrefinement(RefinementRegistry &registry)
{
    registry.add(
        {.id = "adaround",
         .title = QS_TR_NOOP("Refinement", "AdaRound"),
         .help = QS_TR_NOOP("Refinement",
                            "Chooses for each weight whether to round up or down, so that the outputs of "
                            "its layer change least."),
         .order = 20,
         .params
         = {boolParam("adaround", false, QS_TR_NOOP("Params", "AdaRound"),
                      QS_TR_NOOP("Params",
                                 "Each weight is rounded up or down so that its layer's outputs change least "
                                 "(Nagel et al. 2020); takes seconds to minutes.")),
            intParam("adaround_samples", 64, 1, 100000, QS_TR_NOOP("Params", "AdaRound samples"),
                     QS_TR_NOOP("Params", "How many calibration samples AdaRound looks at.")),
            intParam("adaround_iterations", 200, 0, 100000, QS_TR_NOOP("Params", "AdaRound iterations"),
                     QS_TR_NOOP("Params", "Gradient steps a layer; 0 only turns single weights."))},
         .rescale = {},
         .refine = [](Plan &plan, const RefinementInput &input, PassReport &report, JobContext &job) {
             return AdaRound(plan, input).run(report, job);
         }});
}

} // namespace qs
