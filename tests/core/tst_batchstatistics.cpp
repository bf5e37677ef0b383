// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Batch normalization that was folded, brought back for training: what channels are normalized to, its
// gradient, and what folding makes of weights, biases and scales.
#include "core/tensor/quantmath.h"
#include "core/trainer/trainingengine.h"
#include "tests/support/modelrun.h"

#include <QTest>

#include <cmath>

using namespace qs;

namespace {

constexpr std::size_t kChannels = 4;
constexpr int kWeight = 1;
constexpr int kBias = 2;
constexpr int kOutput = 5;
/// Of the weights' grid: none of them lies in the middle between two integers.
constexpr float kStep = 1 / 126.7F;

/// Multiples of 1/256, so that differences are exact.
Tensor coarse(const Shape &shape, unsigned seed)
{
    const Tensor random = randomTensor(shape, seed);
    std::vector<float> values(random.floats().begin(), random.floats().end());
    for (float &value : values)
        value = std::round(value * 256.F) / 256.F;
    return Tensor::fromFloats(shape, values);
}

/// y = BatchStatistics(Conv(x, w, b)), w on a grid by channel where \a rounded.
TrainGraph convGraph(bool rounded)
{
    TrainGraph graph;
    graph.opset = 13;
    graph.values = {{"x", {}, false},
                    {"w", coarse({kChannels, 3, 3, 3}, 1), true},
                    {"b", coarse({kChannels}, 2), true},
                    {"w_rounded", {}, false},
                    {"c", {}, false},
                    {"y", {}, false}};
    if (rounded) {
        TrainGrid grid;
        grid.tensor = "w";
        grid.isWeight = true;
        grid.axis = 0;
        grid.scheme = {DType::Int8, true};
        grid.limits = limitsOf(grid.scheme);
        for (std::size_t c = 0; c < kChannels; ++c)
            grid.params.push_back({kStep, 0});
        graph.grids = {grid};
        graph.nodes.push_back({"w", "FakeQuantize", {kWeight}, {3}, {}, 0, -1});
    }
    graph.nodes.push_back({"conv", "Conv", {0, rounded ? 3 : kWeight, kBias}, {4}, {}, -1, -1});
    graph.nodes.push_back({"y", "BatchStatistics", {4}, {kOutput}, {}, -1, -1});
    graph.inputs = {0};
    graph.outputs = {kOutput};
    return graph;
}

struct Moments
{
    double mean = 0;
    double variance = 0;
};

/// Of channel \a c of \a y, [N, C, H, W].
Moments momentsOf(const Tensor &y, std::size_t c)
{
    const auto inner = static_cast<std::size_t>(y.shape()[2] * y.shape()[3]);
    const auto rows = static_cast<std::size_t>(y.shape()[0]);
    double sum = 0;
    double squares = 0;
    for (std::size_t n = 0; n < rows; ++n) {
        for (std::size_t i = 0; i < inner; ++i) {
            const double value = double(y.floats()[(n * kChannels + c) * inner + i]);
            sum += value;
            squares += value * value;
        }
    }
    const double mean = sum / double(rows * inner);
    return {mean, squares / double(rows * inner) - mean * mean};
}

Tensor output(TrainableModel &model, const Tensor &x, TrainMode mode)
{
    const Tensor fed[] = {x};
    const int wanted[] = {kOutput};
    auto result = model.run(fed, mode, wanted);
    if (!result.ok())
        qFatal("%s", result.error().message().c_str());
    return (*result)[0];
}

} // namespace

class tst_BatchStatistics : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const auto engine = trainingEngine();
        if (!engine.ok())
            QSKIP(engine.error().message().c_str());
        m_engine = *engine;
        for (unsigned i = 0; i < 5; ++i)
            m_batches.push_back(randomTensor({16, 3, 8, 8}, 10 + i));
    }
    void normalizesToTheFloatModel();
    void foldingComputesTheSame();
    void gradientsAgainstDifferences();

private:
    std::unique_ptr<TrainableModel> open(const TrainGraph &graph, bool doublePrecision = false) const
    {
        auto model = m_engine->open(graph, {.doublePrecision = doublePrecision});
        if (!model.ok())
            qFatal("%s", model.error().message().c_str());
        return std::move(*model);
    }
    bool collect(TrainableModel &model, TrainMode mode) const
    {
        return std::ranges::all_of(m_batches, [&](const Tensor &batch) {
            const Tensor fed[] = {batch};
            return model.collectStatistics(fed, mode).ok();
        });
    }
    /// The mean over batches of the moments of each.
    Moments wanted(TrainableModel &model, std::size_t c) const
    {
        Moments sum;
        for (const Tensor &batch : m_batches) {
            const Moments one = momentsOf(output(model, batch, TrainMode::Float), c);
            sum.mean += one.mean / double(m_batches.size());
            sum.variance += one.variance / double(m_batches.size());
        }
        return sum;
    }
    /// Other weights and biases, as training might make them.
    static void disturb(TrainableModel &model)
    {
        const Tensor before = model.weight(kWeight);
        std::vector<float> weight(before.floats().begin(), before.floats().end());
        const std::size_t inner = weight.size() / kChannels;
        for (std::size_t i = 0; i < weight.size(); ++i)
            weight[i] *= 0.5F + 0.1F * float(i / inner);
        if (!model.setWeight(kWeight, Tensor::fromFloats(before.shape(), weight)).ok()
            || !model.setWeight(kBias, coarse({kChannels}, 7)).ok())
            qFatal("cannot set weights");
    }

    const TrainingEngine *m_engine = nullptr;
    std::vector<Tensor> m_batches;
};

void tst_BatchStatistics::normalizesToTheFloatModel()
{
    const auto model = open(convGraph(true));
    QVERIFY(!model->keepStatistics().ok()); // nothing was seen
    QVERIFY(collect(*model, TrainMode::Float));
    QVERIFY(model->keepStatistics().ok());
    disturb(*model);
    const Tensor plain = output(*model, m_batches[0], TrainMode::Simulated);
    model->useBatchStatistics(true);
    const auto restored = open(convGraph(true));
    QVERIFY(restored->restore(model->state()).ok());
    restored->useBatchStatistics(true);
    for (TrainableModel *one : {model.get(), restored.get()}) {
        const Tensor y = output(*one, m_batches[0], TrainMode::Simulated);
        for (std::size_t c = 0; c < kChannels; ++c) {
            const Moments target = wanted(*model, c);
            const Moments got = momentsOf(y, c);
            QVERIFY(std::abs(got.mean - target.mean) < 1e-4);
            QVERIFY(std::abs(got.variance / target.variance - 1) < 1e-3);
            QVERIFY(std::abs(momentsOf(plain, c).variance / target.variance - 1) > 0.1);
        }
    }
    // The float model is what it was.
    const Tensor teacher = output(*model, m_batches[0], TrainMode::Float);
    model->useBatchStatistics(false);
    QVERIFY(std::ranges::equal(teacher.floats(), output(*model, m_batches[0], TrainMode::Float).floats()));
    QVERIFY(std::ranges::equal(plain.floats(), output(*model, m_batches[0], TrainMode::Simulated).floats()));
}

/// What training moved weights by is undone where it was only a factor and a shift of each channel, which
/// normalization does not see; the integers of the weights stay, their scales take the factor.
void tst_BatchStatistics::foldingComputesTheSame()
{
    const TrainGraph graph = convGraph(true);
    const auto model = open(graph);
    QVERIFY(collect(*model, TrainMode::Float));
    QVERIFY(model->keepStatistics().ok());
    disturb(*model);
    const auto codes = [&] {
        std::vector<double> result;
        const Tensor weight = model->weight(kWeight);
        const std::vector<ScaleZeroPoint> scales = model->grid(0);
        const std::size_t inner = weight.size() / kChannels;
        for (std::size_t i = 0; i < weight.size(); ++i)
            result.push_back(static_cast<double>(weight.floats()[i] / scales[i / inner].scale));
        return result;
    };
    const std::vector<double> before = codes();
    model->useBatchStatistics(true);
    QVERIFY(collect(*model, TrainMode::Simulated));
    QVERIFY(model->foldStatistics().ok());
    model->useBatchStatistics(false);
    const std::vector<double> after = codes();
    for (std::size_t i = 0; i < before.size(); ++i)
        QVERIFY(std::abs(after[i] - before[i]) < 1e-4);
    const Tensor weight = model->weight(kWeight);
    const auto original = graph.values[kWeight].constant.floats();
    for (std::size_t i = 0; i < weight.size(); ++i)
        QVERIFY(std::abs(weight.floats()[i] - original[i]) < 0.02F);
    for (std::size_t c = 0; c < kChannels; ++c) {
        QVERIFY(std::abs(model->weight(kBias).floats()[c] - graph.values[kBias].constant.floats()[c])
                < 0.02F);
        const double factor = 1 / (0.5 + 0.1 * double(c));
        QVERIFY(std::abs(double(model->grid(0)[c].scale) / double(kStep) / factor - 1) < 0.02);
        Moments mean;
        for (const Tensor &batch : m_batches)
            mean.mean += momentsOf(output(*model, batch, TrainMode::Simulated), c).mean / 5;
        QVERIFY(std::abs(mean.mean - wanted(*model, c).mean) < 1e-4);
    }
}

void tst_BatchStatistics::gradientsAgainstDifferences()
{
    const TrainGraph graph = convGraph(false);
    const auto model = open(graph, true);
    QVERIFY(collect(*model, TrainMode::Float));
    QVERIFY(model->keepStatistics().ok());
    model->useBatchStatistics(true);
    const Tensor x = coarse({4, 3, 5, 5}, 3);
    const Tensor coefficients = randomTensor({4, kChannels, 3, 3}, 4);
    const Tensor fed[] = {x};
    const int with[] = {0, kWeight, kBias};
    const auto gradients = model->gradients(fed, kOutput, coefficients, with, TrainMode::Simulated);
    QVERIFY2(gradients.ok(), gradients.ok() ? "" : gradients.error().message().c_str());
    constexpr float kStep = 1.F / 1024;
    const auto sumWith = [&](const Tensor &picture) {
        const Tensor y = output(*model, picture, TrainMode::Simulated);
        double sum = 0;
        for (std::size_t i = 0; i < y.size(); ++i)
            sum += y.data<double>()[i] * double(coefficients.floats()[i]);
        return sum;
    };
    for (std::size_t v = 0; v < 3; ++v) {
        const Tensor whole = v == 0 ? x : graph.values[v].constant;
        for (std::size_t i = 0; i < whole.size(); i += v == 2 ? 1 : 7) {
            const auto moved = [&](float by) {
                std::vector<float> values(whole.floats().begin(), whole.floats().end());
                values[i] += by;
                const Tensor tensor = Tensor::fromFloats(whole.shape(), values);
                if (v == 0)
                    return sumWith(tensor);
                if (!model->setWeight(with[v], tensor).ok())
                    qFatal("cannot set weights");
                return sumWith(x);
            };
            const double slope = (moved(kStep) - moved(-kStep)) / (2 * double(kStep));
            const double got = (*gradients)[v][i];
            QVERIFY2(std::abs(got - slope) < 1e-4 * std::max(1., std::abs(slope)),
                     qPrintable(QStringLiteral("%1, not %2").arg(got).arg(slope)));
            if (v == 2)
                QVERIFY(std::abs(got) < 1e-9); // a bias is normalized away
        }
        if (v > 0)
            QVERIFY(model->setWeight(with[v], whole).ok());
    }
}

QTEST_GUILESS_MAIN(tst_BatchStatistics)
#include "tst_batchstatistics.moc"
