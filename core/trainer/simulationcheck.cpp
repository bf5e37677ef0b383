// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/simulationcheck.h"

#include "core/data/sampling.h"
#include "core/evaluation/classscores.h"
#include "core/evaluation/errorsums.h"
#include "core/evaluation/tensormatch.h"
#include "core/plan/channelpadding.h"
#include "core/trainer/trainingdata.h"

#include <algorithm>
#include <cmath>

namespace qs {
namespace {

/// Top-1 is compared on so many samples, single activations on so few: they are many numbers each.
constexpr std::size_t kSamples = 500;
constexpr std::size_t kTappedSamples = 8;

struct Pair
{
    MatchedTensor match;
    int value = -1; ///< in the train graph
    ErrorSums sums;
    std::uint64_t changed = 0;
    std::uint64_t count = 0;
    int largest = 0;

    /// \a simulated real values against \a integers.
    Status add(const Tensor &simulated, const Tensor &integers)
    {
        QS_TRY(const Tensor codes, toFloat32(integers));
        if (simulated.type() != DType::Float32 || codes.size() != simulated.size())
            return Done {};
        std::vector<float> real(codes.size());
        const auto x = simulated.floats();
        const auto q = codes.floats();
        for (std::size_t i = 0; i < q.size(); ++i) {
            real[i] = (q[i] - static_cast<float>(match.params.zeroPoint)) * match.params.scale;
            const int steps = static_cast<int>(std::lround(std::abs(real[i] - x[i]) / match.params.scale));
            changed += steps > 0 ? 1 : 0;
            largest = std::max(largest, steps);
        }
        count += q.size();
        sums.add(x, real);
        return Done {};
    }
};

class Check
{
public:
    Check(const Trained &trained, const Model &quantized, const Dataset &data, const InferenceEngine &engine,
          TrainingHistory &history, JobContext &job)
        : m_trained(trained)
        , m_quantized(quantized)
        , m_padding(quantized)
        , m_data(data)
        , m_engine(engine)
        , m_history(history)
        , m_job(job)
    { }

    Status run()
    {
        QS_CHECK(pairUp());
        SessionOptions tapped;
        for (const Pair &pair : m_pairs)
            tapped.taps.push_back(pair.match.value);
        QS_TRY(const auto taps, m_engine.open(m_quantized, tapped));
        QS_TRY(const auto plain, m_engine.open(m_quantized, {}));
        const std::vector<std::size_t> chosen = spreadEvenly(m_data.size(), kSamples);
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            m_job.throwIfStopped();
            m_job.progress("check-simulation", static_cast<std::int64_t>(i),
                           static_cast<std::int64_t>(chosen.size()));
            const auto sample = m_data.sample(chosen[i]);
            if (!sample.ok())
                continue; // told while training
            QS_CHECK(compareTop1(*sample, *plain));
            if (i % std::max<std::size_t>(1, chosen.size() / kTappedSamples) == 0)
                QS_CHECK(compareTaps(*sample, *taps));
        }
        report();
        return Done {};
    }

private:
    Status pairUp()
    {
        QS_TRY(const auto matches, matchTensors(*m_trained.prepared, m_quantized));
        for (const MatchedTensor &match : matches) {
            const int rounded = m_trained.graph.findValue(match.tensor + "_rounded");
            const int value = rounded >= 0 ? rounded : m_trained.graph.findValue(match.tensor);
            if (match.isInteger && value >= 0)
                m_pairs.push_back({match, value, {}, 0, 0, 0});
        }
        return Done {};
    }

    Result<std::vector<Tensor>> simulate(const Sample &sample, std::span<const int> wanted)
    {
        QS_TRY(const auto fed, inputsInOrder(sample, m_trained.prepared->graph().inputs()));
        return m_trained.model->run(fed, TrainMode::Simulated, wanted);
    }

    Status compareTop1(const Sample &sample, InferenceSession &session)
    {
        const int wanted[] = {m_trained.graph.outputs.front()};
        QS_TRY(const auto simulated, simulate(sample, wanted));
        QS_TRY(const auto real, session.run(sample.inputs, m_job));
        ++m_checked;
        if (simulated[0].type() != DType::Float32 || real[0].type() != DType::Float32)
            return Done {};
        m_same += argMax(simulated[0].floats()) == argMax(real[0].floats()) ? 1 : 0;
        const std::optional<ScoreLayout> layout = scoreLayout(real[0].type(), real[0].shape());
        if (!sample.label || !layout || simulated[0].size() != real[0].size())
            return Done {};
        // Further rows are copies that fill a fixed batch.
        const auto classes = static_cast<std::size_t>(layout->classes);
        ++m_labelled;
        m_simulatedRight += isInTop(simulated[0].floats().first(classes), *sample.label, 1) ? 1 : 0;
        m_exportedRight += isInTop(real[0].floats().first(classes), *sample.label, 1) ? 1 : 0;
        return Done {};
    }

    Status compareTaps(const Sample &sample, InferenceSession &session)
    {
        std::vector<int> wanted;
        for (const Pair &pair : m_pairs)
            wanted.push_back(pair.value);
        QS_TRY(const auto simulated, simulate(sample, wanted));
        QS_TRY(const auto real, session.run(sample.inputs, m_job));
        const std::size_t outputs = real.size() - m_pairs.size();
        for (std::size_t p = 0; p < m_pairs.size(); ++p) {
            const Tensor integers = m_padding.stripped(m_pairs[p].match.tensor, real[outputs + p]);
            QS_CHECK(m_pairs[p].add(simulated[p], integers));
        }
        return Done {};
    }

    void report()
    {
        m_history.differences.clear();
        for (const Pair &pair : m_pairs) {
            if (pair.count > 0)
                m_history.differences.push_back({pair.match.tensor, double(pair.changed) / double(pair.count),
                                                 pair.largest, pair.sums.sqnrDb()});
        }
        m_history.checkedSamples = m_checked;
        if (m_checked > 0)
            m_history.sameTop1 = double(m_same) / double(m_checked);
        if (m_labelled > 0) {
            m_history.simulatedTop1 = double(m_simulatedRight) / double(m_labelled);
            m_history.exportedTop1 = double(m_exportedRight) / double(m_labelled);
        }
    }

    const Trained &m_trained;
    const Model &m_quantized;
    const ChannelPadding m_padding;
    const Dataset &m_data;
    const InferenceEngine &m_engine;
    TrainingHistory &m_history;
    JobContext &m_job;
    std::vector<Pair> m_pairs;
    std::int64_t m_checked = 0;
    std::int64_t m_same = 0; ///< both chose one class
    std::int64_t m_labelled = 0;
    std::int64_t m_simulatedRight = 0;
    std::int64_t m_exportedRight = 0;
};

} // namespace

Status compareWithSimulation(const Trained &trained, const Model &quantized, const Dataset &data,
                             const InferenceEngine &engine, TrainingHistory &history, JobContext &job)
{
    return Check(trained, quantized, data, engine, history, job).run();
}

} // namespace qs
