// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Simulated rounding: forward it is QuantizeLinear and DequantizeLinear, bit for bit; backward the
// straight-through estimate, and for scales and zero points the formulas of LSQ and LSQ+, written out below.
#include "core/tensor/quantmath.h"
#include "core/trainer/trainingengine.h"
#include "tests/support/modelrun.h"

#include <QTest>

#include <bit>
#include <cmath>

using namespace qs;

namespace {

struct RoundingCase
{
    Shape shape;
    std::optional<int> axis;
    QuantScheme scheme;
    std::vector<ScaleZeroPoint> params;
};

/// y = FakeQuantize(x) on the grid of \a test.
TrainGraph roundingGraph(const RoundingCase &test)
{
    TrainGraph graph;
    graph.opset = 13;
    graph.values = {{"x", {}, false}, {"y", {}, false}};
    graph.nodes = {{"x", "FakeQuantize", {0}, {1}, {}, 0, -1}};
    TrainGrid grid;
    grid.tensor = "x";
    grid.axis = test.axis;
    grid.scheme = test.scheme;
    grid.limits = limitsOf(test.scheme);
    grid.params = test.params;
    graph.grids = {grid};
    graph.inputs = {0};
    graph.outputs = {1};
    return graph;
}

std::size_t channelOf(const RoundingCase &test, std::size_t element)
{
    if (!test.axis || test.params.size() == 1)
        return 0;
    std::size_t inner = 1;
    for (std::size_t d = static_cast<std::size_t>(*test.axis) + 1; d < test.shape.size(); ++d)
        inner *= static_cast<std::size_t>(test.shape[d]);
    return element / inner % test.params.size();
}

/// Random numbers well inside, at, and beyond the limits of each channel, with ties and exact steps.
Tensor valuesFor(const RoundingCase &test)
{
    const Tensor uniform = randomTensor(test.shape, 21);
    const QuantLimits limits = limitsOf(test.scheme);
    Tensor x(DType::Float32, test.shape);
    const auto values = x.mutableData<float>();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const ScaleZeroPoint params = test.params[channelOf(test, i)];
        const float span = float(limits.max - limits.min);
        const float middle = (float(limits.max + limits.min) / 2 - float(params.zeroPoint)) * params.scale;
        values[i] = middle + uniform.floats()[i] * span * 0.8F * params.scale; // 0.5 is the limit
        if (i % 5 == 0)
            values[i] = (std::round(values[i] / params.scale) + (i % 2 == 0 ? 0.5F : 0.F)) * params.scale;
    }
    return x;
}

} // namespace

Q_DECLARE_METATYPE(RoundingCase)

class tst_FakeQuantize : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void forward_data() { rows(); }
    void forward();
    void straightThrough_data() { rows(); }
    void straightThrough();
    void gridGradients_data() { rows(); }
    void gridGradients();
    void saturatedAgainstDifferences_data();
    void saturatedAgainstDifferences();
    void byHand();
    void fixedGridsAreNotLearned_data();
    void fixedGridsAreNotLearned();
    void specialNumbers();
    void bias();
    void followedRangeStartsFromItsGrid();
    void sharedGridFitsWhatIsWidest();

private:
    static void rows();
    std::unique_ptr<TrainableModel> open(const TrainGraph &graph, bool doublePrecision = false);

    const TrainingEngine *m_engine = nullptr;
};

void tst_FakeQuantize::initTestCase()
{
    const auto engine = trainingEngine();
    if (!engine.ok())
        QSKIP(engine.error().message().c_str());
    m_engine = *engine;
}

std::unique_ptr<TrainableModel> tst_FakeQuantize::open(const TrainGraph &graph, bool doublePrecision)
{
    auto model = m_engine->open(graph, {.doublePrecision = doublePrecision});
    if (!model.ok())
        qFatal("%s", model.error().message().c_str());
    return std::move(*model);
}

void tst_FakeQuantize::rows()
{
    QTest::addColumn<RoundingCase>("test");
    const QuantScheme asymmetric {DType::UInt8, false};
    const QuantScheme symmetric {DType::Int8, true};
    const QuantScheme nibble {DType::Int4, true};
    const ScaleZeroPoint plain {0.0371F, 117};
    QTest::newRow("per tensor, asymmetric") << RoundingCase {{3, 4, 5}, {}, asymmetric, {plain}};
    QTest::newRow("per tensor, symmetric") << RoundingCase {{3, 4, 5}, {}, symmetric, {{0.0125F, 0}}};
    QTest::newRow("zero point at the limit") << RoundingCase {{3, 4, 5}, {}, asymmetric, {{0.0125F, 0}}};
    QTest::newRow("signed, asymmetric") << RoundingCase {{3, 4, 5}, {}, {DType::Int8, false}, {{0.25F, -71}}};
    QTest::newRow("scale a power of two, exact ties") << RoundingCase {{7, 9}, {}, asymmetric, {{0.125F, 9}}};
    QTest::newRow("many values") << RoundingCase {{2, 3, 70, 71}, {}, asymmetric, {plain}};
    QTest::newRow("16 bits") << RoundingCase {{300}, {}, {DType::UInt16, false}, {{0.001F, 31000}}};
    QTest::newRow("6 bits of 8, asymmetric")
        << RoundingCase {{3, 4, 5}, {}, {DType::UInt8, false, 6}, {{0.0371F, 21}}};
    QTest::newRow("4 bits of 8, symmetric")
        << RoundingCase {{3, 4, 5}, 0, {DType::Int8, true, 4}, {{0.01F, 0}, {0.37F, 0}, {3.F, 0}}};
    QTest::newRow("first axis") << RoundingCase {{3, 4, 5}, 0, symmetric, {{0.01F, 0}, {0.37F, 0}, {3.F, 0}}};
    QTest::newRow("middle axis") << RoundingCase {
        {3, 4, 5}, 1, nibble, {{0.01F, 0}, {0.37F, 0}, {3.F, 0}, {1e-6F, 0}}};
    QTest::newRow("last axis") << RoundingCase {{5, 4, 3}, 2, symmetric, {{0.01F, 0}, {0.37F, 0}, {3.F, 0}}};
    QTest::newRow("last axis of two, asymmetric")
        << RoundingCase {{50, 3}, 1, asymmetric, {{0.01F, 3}, {0.37F, 200}, {3.F, 128}}};
    QTest::newRow("first axis, many values")
        << RoundingCase {{2, 9000}, 0, asymmetric, {{0.01F, 3}, {0.37F, 200}}};
}

void tst_FakeQuantize::forward()
{
    QFETCH(RoundingCase, test);
    const TrainGraph graph = roundingGraph(test);
    const Tensor x = valuesFor(test);
    const Tensor fed[] = {x};
    const auto outputs = open(graph)->run(fed, TrainMode::Simulated, graph.outputs);
    QVERIFY2(outputs.ok(), outputs.ok() ? "" : outputs.error().message().c_str());
    QVERIFY((*outputs)[0].shape() == test.shape);
    const QuantLimits limits = limitsOf(test.scheme);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const ScaleZeroPoint params = test.params[channelOf(test, i)];
        const float wanted = dequantize(quantize(x.floats()[i], params, limits), params);
        QCOMPARE(std::bit_cast<std::uint32_t>((*outputs)[0].floats()[i]),
                 std::bit_cast<std::uint32_t>(wanted));
    }
    const auto untouched = open(graph)->run(fed, TrainMode::Float, graph.outputs);
    QVERIFY(untouched.ok());
    QVERIFY(std::ranges::equal((*untouched)[0].floats(), x.floats()));
}

void tst_FakeQuantize::straightThrough()
{
    QFETCH(RoundingCase, test);
    const TrainGraph graph = roundingGraph(test);
    const Tensor x = valuesFor(test);
    const Tensor fed[] = {x};
    const Tensor coefficients = randomTensor(test.shape, 4);
    const int with[] = {0};
    const auto gradients = open(graph)->gradients(fed, 1, coefficients, with, TrainMode::Simulated);
    QVERIFY2(gradients.ok(), gradients.ok() ? "" : gradients.error().message().c_str());
    const QuantLimits limits = limitsOf(test.scheme);
    int inside = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const ScaleZeroPoint params = test.params[channelOf(test, i)];
        const float q = std::nearbyint(x.floats()[i] / params.scale) + float(params.zeroPoint);
        const bool isInside = q >= float(limits.min) && q <= float(limits.max);
        inside += isInside ? 1 : 0;
        QCOMPARE((*gradients)[0][i], isInside ? double(coefficients.floats()[i]) : 0.);
    }
    QVERIFY(inside > 0 && inside < int(x.size()));
}

void tst_FakeQuantize::gridGradients()
{
    QFETCH(RoundingCase, test);
    const TrainGraph graph = roundingGraph(test);
    const Tensor x = valuesFor(test);
    const Tensor fed[] = {x};
    const Tensor coefficients = randomTensor(test.shape, 4);
    const int grids[] = {0};
    const auto gradients = open(graph, true)->gridGradients(fed, 1, coefficients, grids);
    QVERIFY2(gradients.ok(), gradients.ok() ? "" : gradients.error().message().c_str());
    const QuantLimits limits = limitsOf(test.scheme);
    // LSQ (Esser et al. 2020, equation 3), LSQ+ (Bhalgat et al. 2020, equations 4 and 5), with integers
    // counted from the zero point: inside round(x/s) - x/s, outside the limit's distance; for the zero point
    // 0 inside and -s outside.
    std::vector<double> scale(test.params.size());
    std::vector<double> zero(test.params.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t c = channelOf(test, i);
        const auto [s, z] = test.params[c];
        const double steps = double(x.floats()[i]) / double(s);
        const double q = std::nearbyint(steps) + z;
        const double g = double(coefficients.floats()[i]);
        if (q < limits.min || q > limits.max) {
            scale[c] += g * ((q < limits.min ? limits.min : limits.max) - z);
            zero[c] -= g * double(s);
        } else {
            scale[c] += g * (std::nearbyint(steps) - steps);
        }
    }
    const bool learnsZero
        = !test.scheme.symmetric && std::ranges::none_of(test.params, [&](const ScaleZeroPoint &p) {
              return p.zeroPoint == limits.min || p.zeroPoint == limits.max;
          });
    const GridGradient &got = (*gradients)[0];
    QCOMPARE(got.scale.size(), scale.size());
    QCOMPARE(got.zeroPoint.size(), learnsZero ? zero.size() : 0U);
    for (std::size_t c = 0; c < scale.size(); ++c) {
        QVERIFY2(std::abs(got.scale[c] - scale[c]) <= 1e-9 * std::max(1., std::abs(scale[c])),
                 qPrintable(QStringLiteral("%1, not %2").arg(got.scale[c]).arg(scale[c])));
        if (learnsZero)
            QVERIFY2(std::abs(got.zeroPoint[c] - zero[c]) <= 1e-9 * std::max(1., std::abs(zero[c])),
                     qPrintable(QStringLiteral("%1, not %2").arg(got.zeroPoint[c]).arg(zero[c])));
    }
}

void tst_FakeQuantize::saturatedAgainstDifferences_data()
{
    QTest::addColumn<RoundingCase>("test");
    const QuantScheme asymmetric {DType::UInt8, false};
    QTest::newRow("asymmetric") << RoundingCase {{6, 4}, {}, asymmetric, {{0.05F, 100}}};
    QTest::newRow("symmetric") << RoundingCase {{6, 4}, {}, {DType::Int8, true}, {{0.0125F, 0}}};
    QTest::newRow("4 bits, by channel")
        << RoundingCase {{3, 8}, 0, {DType::Int8, true, 4}, {{0.01F, 0}, {0.37F, 0}, {3.F, 0}}};
}

/// Beyond the ends of the grid the result is an end, a smooth function of scale and zero point, whose
/// gradient must be the slope that one gets by moving them. Inside it is a staircase, for which there is only
/// the straight-through estimate (gridGradients()).
void tst_FakeQuantize::saturatedAgainstDifferences()
{
    QFETCH(RoundingCase, test);
    const TrainGraph graph = roundingGraph(test);
    const QuantLimits limits = limitsOf(test.scheme);
    Tensor x(DType::Float32, test.shape);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto [scale, zero] = test.params[channelOf(test, i)];
        const float end = float((i % 3 == 0 ? limits.min : limits.max) - zero) * scale;
        x.mutableData<float>()[i] = end * 1.5F;
    }
    const Tensor fed[] = {x};
    const Tensor coefficients = randomTensor(test.shape, 4);
    const int grids[] = {0};
    const auto gradients = open(graph, true)->gridGradients(fed, 1, coefficients, grids);
    QVERIFY2(gradients.ok(), gradients.ok() ? "" : gradients.error().message().c_str());
    const auto sumWith = [&](const std::vector<ScaleZeroPoint> &params) {
        TrainGraph moved = graph;
        moved.grids[0].params = params;
        const auto y = open(moved, true)->run(fed, TrainMode::Simulated, graph.outputs);
        double sum = 0;
        for (std::size_t i = 0; y.ok() && i < x.size(); ++i)
            sum += (*y)[0].data<double>()[i] * double(coefficients.floats()[i]);
        return sum;
    };
    for (std::size_t c = 0; c < test.params.size(); ++c) {
        auto up = test.params;
        auto down = test.params;
        up[c].scale *= 1.0625F;
        down[c].scale *= 0.9375F;
        const double slope = (sumWith(up) - sumWith(down)) / (double(up[c].scale) - double(down[c].scale));
        const double got = (*gradients)[0].scale[c];
        QVERIFY2(std::abs(got) > 1e-3 && std::abs(got - slope) <= 1e-6 * std::abs(slope),
                 qPrintable(QStringLiteral("%1, not %2").arg(got).arg(slope)));
        if (test.scheme.symmetric)
            continue;
        up = down = test.params;
        up[c].zeroPoint += 8;
        down[c].zeroPoint -= 8;
        const double zeroSlope = (sumWith(up) - sumWith(down)) / 16;
        const double gotZero = (*gradients)[0].zeroPoint[c];
        QVERIFY2(std::abs(gotZero) > 1e-3 && std::abs(gotZero - zeroSlope) <= 1e-6 * std::abs(zeroSlope),
                 qPrintable(QStringLiteral("%1, not %2").arg(gotZero).arg(zeroSlope)));
    }
}

/// Scale 0.5, zero point 3, uint8: four numbers worked out on paper.
void tst_FakeQuantize::byHand()
{
    const RoundingCase test {{4}, {}, {DType::UInt8, false}, {{0.5F, 3}}};
    const TrainGraph graph = roundingGraph(test);
    const auto model = open(graph);
    const Tensor fed[] = {Tensor::fromFloats({4}, std::vector<float> {0.6F, -0.9F, -2.F, 200.F})};
    const auto outputs = model->run(fed, TrainMode::Simulated, graph.outputs);
    QVERIFY(outputs.ok());
    // 1.2 → 1, -1.8 → -2, -4 → -3 (0 - 3), 400 → 252 (255 - 3), times 0.5
    QVERIFY(std::ranges::equal((*outputs)[0].floats(), std::vector<float> {0.5F, -1.F, -1.5F, 126.F}));
    const Tensor coefficients = Tensor::fromFloats({4}, std::vector<float> {1.F, 10.F, 100.F, 1000.F});
    const int grids[] = {0};
    const auto gradients = model->gridGradients(fed, 1, coefficients, grids);
    QVERIFY(gradients.ok());
    // 1 · (1 - 1.2) + 10 · (-2 + 1.8) + 100 · -3 + 1000 · 252; (100 + 1000) · -0.5
    QVERIFY(std::abs((*gradients)[0].scale[0] - 251697.8) < 0.1);
    QVERIFY(std::abs((*gradients)[0].zeroPoint[0] + 550) < 1e-3);
}

void tst_FakeQuantize::fixedGridsAreNotLearned_data()
{
    QTest::addColumn<bool>("isWeight");
    QTest::addColumn<bool>("isFixed");
    QTest::newRow("weight") << true << false; // zero point stays
    QTest::newRow("fixed") << false << true;
}

void tst_FakeQuantize::fixedGridsAreNotLearned()
{
    QFETCH(bool, isWeight);
    QFETCH(bool, isFixed);
    const RoundingCase test {{4, 5}, {}, {DType::UInt8, false}, {{0.01F, 100}}};
    TrainGraph graph = roundingGraph(test);
    graph.grids[0].isWeight = isWeight;
    graph.grids[0].fixed = isFixed;
    const Tensor fed[] = {valuesFor(test)};
    const int grids[] = {0};
    const auto gradients = open(graph)->gridGradients(fed, 1, randomTensor(test.shape, 4), grids);
    QVERIFY2(gradients.ok(), gradients.ok() ? "" : gradients.error().message().c_str());
    QCOMPARE((*gradients)[0].scale.size(), isFixed ? 0U : 1U);
    QCOMPARE((*gradients)[0].zeroPoint.size(), 0U);
}

/// Zeros of either sign, the smallest numbers and the infinities are rounded as QuantizeLinear rounds them.
void tst_FakeQuantize::specialNumbers()
{
    const std::vector<float> special {0.F, -0.F, 1e-42F, -1e-42F, 3e38F, -3e38F, INFINITY, -INFINITY};
    const RoundingCase test {{8}, {}, {DType::UInt8, false}, {{0.02F, 128}}};
    const TrainGraph graph = roundingGraph(test);
    const Tensor fed[] = {Tensor::fromFloats({8}, special)};
    const auto outputs = open(graph)->run(fed, TrainMode::Simulated, graph.outputs);
    QVERIFY(outputs.ok());
    for (std::size_t i = 0; i < special.size(); ++i) {
        const float wanted = dequantize(quantize(special[i], test.params[0], {0, 255}), test.params[0]);
        QCOMPARE(std::bit_cast<std::uint32_t>((*outputs)[0].floats()[i]),
                 std::bit_cast<std::uint32_t>(wanted));
    }
}

/// Int32 steps of input scale times weight scale, as quantizeBias() makes them; the gradient passes
/// unchanged.
void tst_FakeQuantize::bias()
{
    const std::vector<float> scales {0.011F, 0.0003F, 1.7F, 0.25F, 1e-12F};
    const ScaleZeroPoint input {0.0213F, 12};
    const Shape shape {static_cast<std::int64_t>(scales.size())};
    const Tensor values = randomTensor(shape, 8, -20.F, 20.F);
    TrainGraph graph;
    graph.opset = 13;
    graph.values = {{"b", {}, false}, {"y", {}, false}};
    graph.nodes = {{"b", "FakeQuantizeBias", {0}, {1}, {}, 1, 0}};
    TrainGrid ofInput;
    ofInput.params = {input};
    ofInput.limits = limitsOf(ofInput.scheme);
    TrainGrid ofWeight;
    ofWeight.scheme = {DType::Int8, true};
    ofWeight.limits = limitsOf(ofWeight.scheme);
    ofWeight.isWeight = true;
    ofWeight.axis = 0;
    for (const float scale : scales)
        ofWeight.params.push_back({scale, 0});
    graph.grids = {ofInput, ofWeight};
    graph.inputs = {0};
    graph.outputs = {1};

    const Tensor fed[] = {values};
    const auto outputs = open(graph)->run(fed, TrainMode::Simulated, graph.outputs);
    QVERIFY2(outputs.ok(), outputs.ok() ? "" : outputs.error().message().c_str());
    int saturated = 0;
    const std::vector<std::int32_t> steps = quantizeBias(values.floats(), input.scale, scales, saturated);
    QCOMPARE(saturated, 1); // the last
    for (std::size_t c = 0; c < scales.size(); ++c) {
        const float wanted = dequantize(steps[c], {input.scale * scales[c], 0});
        QCOMPARE(std::bit_cast<std::uint32_t>((*outputs)[0].floats()[c]),
                 std::bit_cast<std::uint32_t>(wanted));
    }

    const Tensor coefficients = randomTensor(shape, 4);
    const int with[] = {0};
    const auto gradients = open(graph)->gradients(fed, 1, coefficients, with, TrainMode::Simulated);
    QVERIFY(gradients.ok());
    for (std::size_t c = 0; c < scales.size(); ++c)
        QCOMPARE((*gradients)[0][c], double(coefficients.floats()[c]));
}

/// A moving average starts from what calibration chose, here a clipped range: one batch moves it by a
/// hundredth of the way, so after n batches 0.99^n of the calibrated limits are left.
void tst_FakeQuantize::followedRangeStartsFromItsGrid()
{
    const RoundingCase test {
        {64}, {}, {DType::UInt8, false}, {chooseScale({-1.F, 2.F}, {DType::UInt8, false})}};
    const TrainGraph graph = roundingGraph(test);
    const auto model = open(graph);
    Tensor x = randomTensor({64}, 5, -8.F, 8.F);
    x.mutableData<float>()[0] = -8.F;
    x.mutableData<float>()[1] = 8.F;
    const Tensor fed[] = {x};
    std::string half;
    for (int batch = 1; batch <= 40; ++batch) {
        QVERIFY(model->run(fed, TrainMode::Observing, graph.outputs).ok());
        const double left = std::pow(0.99, batch);
        const ScaleZeroPoint got = model->grid(0).front();
        const double scale = ((2 * left + 8 * (1 - left)) + (1 * left + 8 * (1 - left))) / 255;
        // The start was moved to integers of its grid, less than one step.
        QVERIFY2(std::abs(double(got.scale) - scale) < 0.5 / 255 * scale,
                 qPrintable(QStringLiteral("%1, not %2").arg(double(got.scale)).arg(scale)));
        QVERIFY(std::abs(got.zeroPoint - std::lround((1 * left + 8 * (1 - left)) / scale)) <= 1);
        if (batch == 20)
            half = model->state();
    }
    // What follows is part of the state.
    const ScaleZeroPoint end = model->grid(0).front();
    const auto resumed = open(graph);
    QVERIFY(resumed->restore(half).ok());
    for (int batch = 21; batch <= 40; ++batch)
        QVERIFY(resumed->run(fed, TrainMode::Observing, graph.outputs).ok());
    QVERIFY(resumed->grid(0).front() == end);
}

/// Two branches of a Concat, one eight times as wide as the other: their common grid must not become narrower
/// than the wide one is.
void tst_FakeQuantize::sharedGridFitsWhatIsWidest()
{
    const ScaleZeroPoint params = chooseScale({-8.F, 8.F}, {DType::UInt8, false});
    TrainGraph graph = roundingGraph({{4, 32}, {}, {DType::UInt8, false}, {params}});
    graph.values
        = {{"wide", {}, false}, {"narrow", {}, false}, {"a", {}, false}, {"b", {}, false}, {"y", {}, false}};
    graph.nodes = {{"wide", "FakeQuantize", {0}, {2}, {}, 0, -1},
                   {"narrow", "FakeQuantize", {1}, {3}, {}, 0, -1},
                   {"concat", "Concat", {2, 3}, {4}, {{"axis", std::int64_t {1}}}, -1, -1}};
    graph.inputs = {0, 1};
    graph.outputs = {4};
    const auto model = open(graph);
    Tensor wide = randomTensor({4, 32}, 5, -8.F, 8.F);
    wide.mutableData<float>()[0] = -8.F;
    wide.mutableData<float>()[1] = 8.F;
    const Tensor fed[] = {wide, randomTensor({4, 32}, 6, -1.F, 1.F)};
    for (int batch = 0; batch < 300; ++batch)
        QVERIFY(model->run(fed, TrainMode::Observing, graph.outputs).ok());
    const ScaleZeroPoint grid = model->grid(0).front();
    QVERIFY2(std::abs(double(grid.scale) - 16. / 255) < 0.01 * 16 / 255,
             qPrintable(QString::number(grid.scale)));
    const auto outputs = model->run(fed, TrainMode::Simulated, graph.outputs);
    QVERIFY(outputs.ok());
    QVERIFY(std::abs((*outputs)[0].floats()[0] + 8.F) <= grid.scale);
    QVERIFY(std::abs((*outputs)[0].floats()[1] - 8.F) <= grid.scale);
}

QTEST_GUILESS_MAIN(tst_FakeQuantize)
#include "tst_fakequantize.moc"
