// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/training.h"

#include "core/base/sha256.h"
#include "core/trainer/traingraphbuilder.h"
#include "core/trainer/trainingdata.h"
#include "core/trainer/trainingloss.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace qs {
namespace {

using Clock = std::chrono::steady_clock;
/// How much work a kill may cost.
constexpr auto kCheckpointEvery = std::chrono::seconds(60);
constexpr auto kWatchEvery = std::chrono::milliseconds(250);
/// Samples measured at a time, where no gradient has to be remembered.
constexpr std::size_t kMeasured = 64;
const std::set<std::string> kNone;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Sums over samples.
struct Tally
{
    double loss = 0;
    std::int64_t rows = 0;
    std::int64_t right = 0;
    bool labelled = true;

    void add(const BatchResult &batch, bool hasLabels)
    {
        loss += batch.loss * double(batch.rows);
        rows += batch.rows;
        right += batch.right;
        labelled = labelled && hasLabels;
    }
    double meanLoss() const { return rows > 0 ? loss / double(rows) : 0; }
    std::optional<double> accuracy() const
    {
        return labelled && rows > 0 ? std::optional<double>(double(right) / double(rows)) : std::nullopt;
    }
};

class Training
{
public:
    Training(const TrainingInput &input, const TrainingOptions &options, JobContext &job)
        : m_input(input)
        , m_settings(input.settings)
        , m_options(options)
        , m_job(job)
    { }

    Result<Trained> run()
    {
        QS_TRY(const TrainingEngine *engine, trainingEngine());
        QS_TRY(m_graph,
               makeTrainGraph(*m_input.prepared, &m_input.plan, m_input.fixedRanges,
                              m_settings.freezeNormalizationAfter > 0 ? m_input.normalized : kNone));
        QS_TRY(
            std::unique_ptr<TrainableModel> model,
            engine->open(m_graph, {.threads = m_input.threads, .deterministic = m_settings.deterministic}));
        m_model = std::move(model);
        QS_CHECK(openData());
        QS_TRY(m_loss, chooseLoss(m_graph, *m_input.prepared, m_settings, m_input.data->hasLabels()));
        m_now.history.supervision = toString(m_settings.supervision);
        QS_CHECK(applyCorrections());
        m_model->setOptimizer(m_settings.optimizer);
        m_now.history.engine = engine->version();
        m_now.fingerprint = fingerprint();
        QS_TRY(const bool resumed, resume());
        if (!resumed)
            QS_CHECK(start());
        try {
            QS_CHECK(epochs());
        } catch (const Cancelled &) {
            QS_CHECK(writeCheckpoint());
            throw;
        }
        return outcome();
    }

private:
    Status openData()
    {
        const std::size_t size = m_input.data->size();
        const std::vector<bool> held = heldBack(size, m_settings.validationShare, m_settings.seed);
        std::vector<std::size_t> training;
        std::vector<std::size_t> validation;
        for (std::size_t i = 0; i < size; ++i)
            (held[i] ? validation : training).push_back(i);
        const std::vector<ValueInfo> &inputs = m_input.prepared->graph().inputs();
        QS_TRY(m_layout, augmentedLayout(inputs, m_settings, m_input.layout));
        QS_TRY(TrainingData data,
               TrainingData::open(m_input.data, training, inputs, m_options.sampleMemory, m_job));
        m_data.emplace(std::move(data));
        if (!validation.empty()) {
            QS_TRY(TrainingData heldData,
                   TrainingData::open(m_input.data, validation, inputs, m_options.sampleMemory, m_job));
            m_validation.emplace(std::move(heldData));
        }
        m_now.history.samples = static_cast<std::int64_t>(m_data->size());
        m_now.history.validationSamples = m_validation ? static_cast<std::int64_t>(m_validation->size()) : 0;
        m_now.history.plannedEpochs = m_settings.epochs;
        m_now.history.stepsPerEpoch = stepsPerEpoch();
        return Done {};
    }

    /// Training starts from the biases as the plan corrects them.
    Status applyCorrections()
    {
        for (const TrainNode &node : m_graph.nodes) {
            const auto plan = m_input.plan.tensors.find(node.layer);
            if (node.op != "FakeQuantizeBias" || plan == m_input.plan.tensors.end()
                || plan->second.shift.empty())
                continue;
            const Tensor bias = m_model->weight(node.inputs[0]);
            std::vector<float> corrected(bias.floats().begin(), bias.floats().end());
            for (std::size_t c = 0; c < std::min(corrected.size(), plan->second.shift.size()); ++c)
                corrected[c] += plan->second.shift[c];
            QS_CHECK(m_model->setWeight(node.inputs[0], Tensor::fromFloats(bias.shape(), corrected)));
        }
        return Done {};
    }

    std::string fingerprint() const
    {
        Sha256 hash;
        for (const std::string &part :
             {m_input.prepared->fingerprint(), toJson(m_input.plan).dump(), m_input.data->fingerprint(),
              toJson(m_settings).dump(), m_now.history.engine})
            hash.updateField(part);
        return hash.hexDigest();
    }

    /// Whether there was something to go on from.
    Result<bool> resume()
    {
        if (m_options.checkpoint.empty())
            return false;
        auto loaded = loadCheckpoint(m_options.checkpoint);
        if (!loaded.ok() && loaded.error().code == ErrorCode::NotFound)
            return false;
        if (!loaded.ok() && loaded.error().code != ErrorCode::Format)
            return loaded.error();
        if (!loaded.ok() || loaded->fingerprint != m_now.fingerprint)
            return startOver(loaded);
        QS_CHECK(m_model->restore(loaded->state));
        m_now = std::move(*loaded);
        m_job.report({Severity::Info, "training-resumed", m_options.checkpoint.string(),
                      sentence(QS_TR_NOOP("Sentence", "training went on in epoch %1"),
                               {std::to_string(m_now.epoch)})});
        return true;
    }

    /// Of a checkpoint that training cannot go on from: false, for training that starts from its beginning.
    Result<bool> startOver(const Result<TrainingCheckpoint> &found)
    {
        if (m_options.replacesOther) {
            m_job.report(
                {Severity::Warning, "other-checkpoint", m_options.checkpoint.string(),
                 found.ok() ? sentence(
                     QS_TR_NOOP("Sentence", "is of another model, recipe or data; training started anew"))
                            : sentence(QS_TR_NOOP("Sentence", "is damaged; training started anew"))});
            return false;
        }
        if (!found.ok())
            return Error {found.error().code, found.error().subject,
                          found.error().detail + "; remove it to start anew"};
        return Error {ErrorCode::InvalidArgument, m_options.checkpoint.string(),
                      "is of another training (model, recipe or data differ); go on with that one, or remove "
                      "the file to start anew"};
    }

    Status start()
    {
        m_now.epoch = 1;
        if (m_settings.freezeNormalizationAfter > 0) {
            QS_CHECK(collectStatistics(TrainMode::Float));
            QS_CHECK(m_model->keepStatistics());
        }
        TrainingEpoch before;
        QS_CHECK(measure(before));
        if (!std::isfinite(before.validationLoss))
            return Error {
                ErrorCode::Runtime, "training",
                "the loss is not finite before the first step: the data or the model's values are not"};
        m_now.history.epochs.push_back(std::move(before));
        m_now.bestScore = scoreOf(m_now.history.epochs.front());
        m_now.best = m_model->state();
        watch(true);
        return writeCheckpoint();
    }

    /// Of enough training samples to know each channel's mean.
    Status collectStatistics(TrainMode mode)
    {
        constexpr std::size_t kSamples = 1024;
        const std::vector<std::size_t> order = m_data->order(m_settings.seed, 0);
        const auto chosen = std::span(order).first(std::min(order.size(), kSamples));
        const auto step = static_cast<std::size_t>(m_settings.batchSize);
        for (std::size_t first = 0; first < chosen.size(); first += step) {
            m_job.throwIfStopped();
            QS_TRY(const auto batches,
                   m_data->batches(chosen.subspan(first, std::min(step, chosen.size() - first)), nullptr,
                                   m_job));
            for (const TrainBatch &batch : batches)
                QS_CHECK(m_model->collectStatistics(batch.inputs, mode));
        }
        return Done {};
    }

    bool normalizes(int epoch) const
    {
        return double(epoch) <= m_settings.freezeNormalizationAfter * double(m_settings.epochs);
    }

    /// Ends an epoch with batch statistics: as the network will be exported, it has none.
    Status foldStatistics()
    {
        if (!m_now.isFolded) {
            QS_CHECK(collectStatistics(TrainMode::Simulated));
            QS_CHECK(m_model->foldStatistics());
            m_now.isFolded = true;
        }
        m_model->useBatchStatistics(false);
        return Done {};
    }

    /// Larger is better. The loss, not the accuracy: of some hundred samples, that moves in coarse steps.
    static double scoreOf(const TrainingEpoch &epoch) { return -epoch.validationLoss; }

    Status measure(TrainingEpoch &epoch)
    {
        TrainingData &data = m_validation ? *m_validation : *m_data;
        Tally tally;
        std::vector<std::size_t> positions;
        for (std::size_t first = 0; first < data.size(); first += kMeasured) {
            m_job.throwIfStopped();
            positions.clear();
            for (std::size_t i = first; i < std::min(first + kMeasured, data.size()); ++i)
                positions.push_back(i);
            QS_TRY(const auto batches, data.batches(positions, nullptr, m_job));
            for (const TrainBatch &batch : batches) {
                QS_TRY(const BatchResult result, m_model->measure(batch.inputs, batch.labels, m_loss));
                tally.add(result, !batch.labels.empty());
            }
        }
        if (tally.rows == 0)
            return Error {ErrorCode::InvalidArgument, "training data", "has no usable samples"};
        epoch.validationLoss = tally.meanLoss();
        epoch.validationAccuracy = m_loss.classes ? tally.accuracy() : std::nullopt;
        for (std::size_t g = 0; g < m_graph.grids.size(); ++g) {
            const TrainGrid &grid = m_graph.grids[g];
            if (grid.isWeight)
                continue;
            const ScaleZeroPoint params = m_model->grid(static_cast<int>(g)).front();
            epoch.ranges[grid.tensor]
                = {dequantize(grid.limits.min, params), dequantize(grid.limits.max, params)};
        }
        return Done {};
    }

    std::int64_t stepsPerEpoch() const
    {
        const auto batch = static_cast<std::int64_t>(m_settings.batchSize);
        return (static_cast<std::int64_t>(m_data->size()) + batch - 1) / batch;
    }

    std::int64_t stepCount() const { return stepsPerEpoch() * m_settings.epochs; }

    Status epochs()
    {
        while (m_now.epoch <= m_settings.epochs && !m_options.finish.stop_requested()) {
            QS_CHECK(oneEpoch());
            if (m_diverged) {
                m_job.report(
                    {Severity::Warning,
                     "training-diverged",
                     {},
                     sentence(QS_TR_NOOP("Sentence",
                                         "the loss was no longer finite in epoch %1, so training "
                                         "ended with epoch %2; lower the learning rate"),
                              {std::to_string(m_now.epoch), std::to_string(m_now.history.bestEpoch)})});
                break;
            }
            if (m_options.finish.stop_requested() && m_now.samplesDone > 0)
                break; // the epoch was left unfinished
            const int sinceBest = m_now.history.epochs.back().epoch - m_now.history.bestEpoch;
            if (m_settings.patience > 0 && sinceBest >= m_settings.patience) {
                m_job.report({Severity::Info,
                              "training-ended-early",
                              {},
                              sentence(QS_TR_NOOP("Sentence", "no better epoch after epoch %1"),
                                       {std::to_string(m_now.history.bestEpoch)})});
                break;
            }
        }
        return Done {};
    }

    TrainMode modeOf(int epoch) const
    {
        const bool follow = m_settings.ranges == RangeTraining::MovingAverage && !isFrozen(epoch);
        return follow ? TrainMode::Observing : TrainMode::Simulated;
    }
    bool isFrozen(int epoch) const
    {
        return double(epoch) > m_settings.freezeAfter * double(m_settings.epochs);
    }

    Status oneEpoch()
    {
        const Clock::time_point started = Clock::now();
        const double before = m_now.seconds;
        const std::vector<std::size_t> order = m_data->order(m_settings.seed, m_now.epoch);
        Tally tally {m_now.lossSum, m_now.rows, m_now.right, m_data->hasLabels()};
        m_model->useBatchStatistics(normalizes(m_now.epoch));
        while (m_now.samplesDone < static_cast<std::int64_t>(order.size())) {
            if (m_options.finish.stop_requested())
                return Done {};
            QS_CHECK(oneStep(order, tally));
            if (m_diverged)
                return Done {};
            m_now.lossSum = tally.loss;
            m_now.rows = tally.rows;
            m_now.right = tally.right;
            m_now.seconds = before + secondsSince(started);
            watch(false);
            if (Clock::now() - m_lastCheckpoint > kCheckpointEvery)
                QS_CHECK(writeCheckpoint());
            m_job.throwIfStopped();
        }
        TrainingEpoch epoch;
        epoch.epoch = m_now.epoch;
        epoch.loss = tally.meanLoss();
        epoch.accuracy = m_loss.classes ? tally.accuracy() : std::nullopt;
        epoch.learningRate = ratesAt(m_settings, m_now.epoch * stepsPerEpoch() - 1, stepCount()).weights;
        if (normalizes(m_now.epoch))
            QS_CHECK(foldStatistics());
        QS_CHECK(measure(epoch));
        m_diverged = !std::isfinite(epoch.validationLoss);
        if (m_diverged)
            return Done {};
        epoch.seconds = before + secondsSince(started);
        finishEpoch(std::move(epoch));
        return writeCheckpoint();
    }

    /// One step of the optimizer, on the next batch of \a order.
    Status oneStep(const std::vector<std::size_t> &order, Tally &tally)
    {
        const std::size_t first = static_cast<std::size_t>(m_now.samplesDone);
        const std::size_t last
            = std::min(order.size(), first + static_cast<std::size_t>(m_settings.batchSize));
        const auto positions = std::span(order).subspan(first, last - first);
        const Augmentation augmentation {m_settings, m_layout, m_now.epoch};
        QS_TRY(const auto batches,
               m_data->batches(positions, m_settings.augments() ? &augmentation : nullptr, m_job));
        double all = 0; // fewer than positions where samples are damaged
        for (const TrainBatch &batch : batches)
            all += double(batch.rows);
        double loss = 0;
        for (const TrainBatch &batch : batches) {
            const double share = double(batch.rows) / all;
            QS_TRY(BatchResult result,
                   m_model->accumulate(batch.inputs, batch.labels, m_loss, share, modeOf(m_now.epoch)));
            if (!std::isfinite(result.loss)) {
                m_diverged = true;
                return Done {};
            }
            result.rows = batch.rows;
            tally.add(result, !batch.labels.empty());
            loss += result.loss * share;
        }
        const std::int64_t step
            = (m_now.epoch - 1) * stepsPerEpoch() + static_cast<std::int64_t>(first) / m_settings.batchSize;
        StepRates rates = ratesAt(m_settings, step, stepCount());
        if (isFrozen(m_now.epoch))
            rates.scales = rates.zeroPoints = 0;
        if (all > 0) {
            QS_CHECK(m_model->step(rates));
            m_now.history.addStepLoss(static_cast<float>(loss));
        }
        m_now.samplesDone = static_cast<std::int64_t>(last);
        m_job.progress("train", step + 1, stepCount());
        return Done {};
    }

    void finishEpoch(TrainingEpoch epoch)
    {
        const double score = scoreOf(epoch);
        m_now.history.epochs.push_back(std::move(epoch));
        if (score > m_now.bestScore || !m_validation) {
            m_now.bestScore = score;
            m_now.history.bestEpoch = m_now.epoch;
            m_now.best = m_model->state();
        }
        ++m_now.epoch;
        m_now.samplesDone = 0;
        m_now.lossSum = 0;
        m_now.rows = 0;
        m_now.isFolded = false;
        m_now.right = 0;
        m_now.seconds = 0;
        watch(true);
    }

    void watch(bool always)
    {
        if (!m_options.watch || (!always && Clock::now() - m_lastWatch < kWatchEvery))
            return;
        m_lastWatch = Clock::now();
        m_options.watch(m_now.history);
    }

    Status writeCheckpoint()
    {
        m_lastCheckpoint = Clock::now();
        if (m_options.checkpoint.empty() || m_now.best.empty())
            return Done {};
        m_now.state = m_model->state();
        return saveCheckpoint(m_now, m_options.checkpoint);
    }

    Result<Trained> outcome()
    {
        m_model->useBatchStatistics(false);
        QS_CHECK(m_model->restore(m_now.best));
        std::vector<TrainedValue> values;
        for (std::size_t v = 0; v < m_graph.values.size(); ++v) {
            if (m_graph.values[v].trainable)
                values.push_back({m_graph.values[v].name, m_model->weight(static_cast<int>(v))});
        }
        std::vector<std::vector<ScaleZeroPoint>> grids;
        for (std::size_t g = 0; g < m_graph.grids.size(); ++g)
            grids.push_back(m_model->grid(static_cast<int>(g)));
        Trained trained;
        QS_TRY(trained.prepared, withTrainedValues(*m_input.prepared, values));
        trained.plan = withTrainedGrids(m_input.plan, m_graph, grids,
                                        sentence(QS_TR_NOOP("Sentence", "as trained, epoch %1"),
                                                 {std::to_string(m_now.history.bestEpoch)}));
        trained.history = std::move(m_now.history);
        for (TrainValue &value : m_graph.values)
            value.constant = {};
        trained.graph = std::move(m_graph);
        trained.model = m_model;
        return trained;
    }

    const TrainingInput &m_input;
    const TrainingSettings &m_settings;
    const TrainingOptions &m_options;
    JobContext &m_job;
    TrainGraph m_graph;
    std::shared_ptr<TrainableModel> m_model;
    std::optional<TrainingData> m_data;
    std::optional<TrainingData> m_validation;
    Layout m_layout = Layout::Nchw; ///< of pictures that are augmented
    LossSpec m_loss;
    TrainingCheckpoint m_now; ///< where training stands
    bool m_diverged = false; ///< the loss was not finite: what the weights are now is of no use
    Clock::time_point m_lastCheckpoint = Clock::now();
    Clock::time_point m_lastWatch;
};

} // namespace

Result<Trained> train(const TrainingInput &input, const TrainingOptions &options, JobContext &job)
{
    return Training(input, options, job).run();
}

} // namespace qs
