// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/alonemodel.h"
#include "core/evaluation/drift.h"
#include "core/evaluation/driftaccumulator.h"
#include "core/evaluation/driftfindings.h"
#include "core/evaluation/errorsums.h"
#include "core/evaluation/integervalues.h"
#include "core/evaluation/tensormatch.h"
#include "core/evaluation/tensorpair.h"
#include "core/model/modelio.h"
#include "tests/support/listdataset.h"
#include "tests/support/textmodel.h"

#include <QtTest>

#include <nlohmann/json.hpp>
#include <onnx/onnx_pb.h>

#include <cmath>

using namespace qs;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

const char *const kFloat = R"(
g (float[1,2,2] x) => (float[1,2,2] y) <float[1] two = {2}>
{ a = Mul(x, two)  y = Relu(a) })";

// x on a grid of 0.5, a on one of 0.5 from -5, y on one of 0.03 up to 7.65; the output named as exporters do.
const char *const kQdq = R"(
g (float[1,2,2] x) => (float[1,2,2] y)
<float[1] two = {2}, float sx = {0.5}, uint8 zx = {128}, float sa = {0.5}, uint8 za = {10}, float sy = {0.03125}, uint8 zy = {0}>
{
  xq = QuantizeLinear(x, sx, zx)
  xd = DequantizeLinear(xq, sx, zx)
  a = Mul(xd, two)
  aq = QuantizeLinear(a, sa, za)
  ad = DequantizeLinear(aq, sa, za)
  y_QuantizeLinear_Input = Relu(ad)
  yq = QuantizeLinear(y_QuantizeLinear_Input, sy, zy)
  y = DequantizeLinear(yq, sy, zy)
})";

double db(double signal, double error)
{
    return 10 * std::log10(signal / error);
}

bool isNear(double a, double b, double tolerance = 1e-5)
{
    return std::abs(a - b) < tolerance;
}

/// For kFloat and kQdq: a = 2, 0.6, -0.52, 10 and on the quantized side 2, 1, -1, 10; y = 2, 0.6, 0, 10 and
/// 2, 1, 0, 7.96875. The second sample is exactly on every grid.
ListDataset twoSamples()
{
    ListDataset data;
    data.add("x", {1, 2, 2}, {1.F, 0.3F, -0.26F, 5.F});
    data.add("x", {1, 2, 2}, {1.F, 0.5F, 0.F, 2.F});
    return data;
}

DriftOptions oneThread()
{
    DriftOptions options;
    options.threads = 1;
    return options;
}

} // namespace

class TestDrift : public QObject
{
    Q_OBJECT

private slots:
    void sums();
    void sumsOfEqualAndZero();
    void sumsWithNotANumber();
    void sumsOfLongSignals();
    void clipping();
    void channels();
    void channelsThatVary();
    void matchesByName();
    void matchesThroughActivations();
    void matchesOperatorsOnIntegers();
    void floatValuesInsideKernelsAreLeftAlone();
    void tappingKeepsIntegerKernels();
    void layerBehindATensor();
    void byHand();
    void aloneOfKeptFloatValues();
    void aloneCanBeLeftOut();
    void nothingMatches();
    void findings();
    void pairOfTensors();
    void keysOfTheJson();

private:
    std::unique_ptr<InferenceEngine> m_engine = makeOnnxRuntimeEngine();
};

void TestDrift::sums()
{
    const std::vector<float> x {1, -2, 3};
    const std::vector<float> y {1, -1, 5};
    ErrorSums s;
    s.add(x, y);
    QCOMPARE(s.signal, 14.0);
    QCOMPARE(s.error, 5.0);
    QCOMPARE(s.cross, 18.0);
    QCOMPARE(s.other, 27.0);
    QCOMPARE(s.maxAbs, 2.0);
    QCOMPARE(s.count, std::uint64_t {3});
    QVERIFY(isNear(s.sqnrDb(), db(14, 5), 1e-12));
    QVERIFY(isNear(s.cosine(), 18 / std::sqrt(14.0 * 27.0), 1e-12));
}

void TestDrift::sumsOfEqualAndZero()
{
    const std::vector<float> x {1, 2};
    const std::vector<float> zero {0, 0};
    ErrorSums equal, gone, born, nothing;
    equal.add(x, x);
    gone.add(x, zero);
    born.add(zero, x);
    nothing.add(zero, zero);
    QCOMPARE(equal.sqnrDb(), kInf);
    QCOMPARE(equal.cosine(), 1.0);
    QCOMPARE(gone.sqnrDb(), 0.0);
    QCOMPARE(gone.cosine(), 0.0);
    QCOMPARE(born.sqnrDb(), -kInf);
    QCOMPARE(born.cosine(), 0.0);
    QCOMPARE(nothing.sqnrDb(), kInf);
    QCOMPARE(nothing.cosine(), 1.0);
}

void TestDrift::sumsWithNotANumber()
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float inf = std::numeric_limits<float>::infinity();
    ErrorSums reference;
    reference.add(std::vector<float> {nan, 3, inf}, std::vector<float> {1, 4, 2});
    QCOMPARE(reference.count, std::uint64_t {1});
    QVERIFY(isNear(reference.sqnrDb(), db(9, 1), 1e-12));
    ErrorSums other;
    other.add(std::vector<float> {1, 3}, std::vector<float> {nan, 3});
    QCOMPARE(other.sqnrDb(), -kInf);
    QCOMPARE(other.maxAbs, kInf);
    QVERIFY(!std::isnan(other.cosine()));
}

void TestDrift::sumsOfLongSignals()
{
    // Lanes, chunks and the rest at the end give what a plain loop gives.
    std::vector<float> x, y;
    double signal = 0, error = 0, maxAbs = 0;
    for (int i = 0; i < 10007; ++i) {
        x.push_back(static_cast<float>(std::sin(i * 0.1)));
        y.push_back(x.back() + static_cast<float>(0.01 * std::cos(i * 0.37)));
        const double d = static_cast<double>(x.back()) - static_cast<double>(y.back());
        signal += static_cast<double>(x.back()) * static_cast<double>(x.back());
        error += d * d;
        maxAbs = std::max(maxAbs, std::abs(d));
    }
    ErrorSums s;
    s.add(x, y);
    QVERIFY(isNear(s.signal, signal, 1e-7));
    QVERIFY(isNear(s.error, error, 1e-9));
    QVERIFY(isNear(s.maxAbs, maxAbs, 1e-8));
}

void TestDrift::clipping()
{
    const Range range = representableRange({0.5F, 10}, {0, 255});
    QCOMPARE(range.min, -5.25F);
    QCOMPARE(range.max, 122.75F);
    QCOMPARE(countOutside(std::vector<float> {-5.25F, -5.3F, 122.7F, 123.F, NAN}, range), std::uint64_t {2});
}

void TestDrift::channels()
{
    DriftAccumulator sums;
    sums.add(Tensor::fromFloats({1, 2, 2}, std::vector<float> {1, 2, 3, 4}),
             Tensor::fromFloats({1, 2, 2}, std::vector<float> {1, 2, 3, 5}), {});
    sums.add(Tensor::fromFloats({1, 2, 2}, std::vector<float> {2, 2, 2, 2}),
             Tensor::fromFloats({1, 2, 2}, std::vector<float> {2, 1, 2, 2}), 0);
    const std::vector<float> sqnr = sums.channelSqnrDb();
    QCOMPARE(sqnr.size(), std::size_t {2});
    QVERIFY(isNear(sqnr[0], db(13, 1)));
    QVERIFY(isNear(sqnr[1], db(33, 1)));
    QCOMPARE(sums.channelMaxAbs(), (std::vector<float> {1, 1}));
    QVERIFY(isNear(sums.sampleSqnrDb()[0], db(30, 1)));
    QVERIFY(isNear(sums.sampleSqnrDb()[1], db(16, 1)));
    QVERIFY(isNear(sums.metrics().sqnrDb, db(46, 2)));
    QCOMPARE(sums.metrics().clippedPercent, 0.0);
}

void TestDrift::channelsThatVary()
{
    DriftAccumulator sums;
    const auto ones = [](const Shape &shape) {
        return Tensor::fromFloats(shape,
                                  std::vector<float>(static_cast<std::size_t>(elementCount(shape)), 1.F));
    };
    sums.add(ones({1, 2, 3}), ones({1, 2, 3}), {});
    sums.add(ones({1, 4, 3}), ones({1, 4, 3}), {}); // a longer sentence
    QVERIFY(sums.channelSqnrDb().empty());
    QCOMPARE(sums.sampleSqnrDb().size(), std::size_t {2});
    DriftAccumulator flat;
    flat.add(ones({3}), ones({3}), {});
    QVERIFY(flat.channelSqnrDb().empty());
}

void TestDrift::matchesByName()
{
    const auto matches = matchTensors(*modelFromText(kFloat), *modelFromText(kQdq));
    QVERIFY(matches.ok());
    QCOMPARE(matches->size(), std::size_t {2});
    const MatchedTensor &a = matches->at(0);
    QCOMPARE(a.tensor, std::string("a"));
    QCOMPARE(a.value, std::string("aq"));
    QVERIFY(a.isInteger);
    QCOMPARE(a.params, (ScaleZeroPoint {0.5F, 10}));
    QVERIFY(a.type == DType::UInt8);
    const MatchedTensor &y = matches->at(1);
    QCOMPARE(y.tensor, std::string("y"));
    QCOMPARE(y.value, std::string("yq"));
    QCOMPARE(y.quantizerInput, std::string("y_QuantizeLinear_Input"));
    QCOMPARE(y.op, std::string("Relu")); // a is a layer of its own here
}

void TestDrift::matchesThroughActivations()
{
    // Conv, BatchNormalization and Relu became one integer convolution whose output is the Relu's.
    const ModelPtr reference = modelFromText(R"(
g (float[1,1,2,2] x) => (float[1,1,2,2] z)
<float[1,1,1,1] w = {2}, float[1] s = {1}, float[1] b = {0}, float[1] m = {0}, float[1] v = {1}>
{ c = Conv(x, w)  n = BatchNormalization(c, s, b, m, v)  r = Relu(n)  z = Sigmoid(r) })");
    const ModelPtr quantized = modelFromText(R"(
g (float[1,1,2,2] x) => (float[1,1,2,2] z)
<int8[1,1,1,1] wq = {2}, float sw = {1}, int8 zw = {0}, float sx = {0.1}, uint8 zx = {0}>
{
  x_QuantizeLinear_Output = QuantizeLinear(x, sx, zx)
  x_DequantizeLinear_Output = DequantizeLinear(x_QuantizeLinear_Output, sx, zx)
  w = DequantizeLinear(wq, sw, zw)
  r = Conv(x_DequantizeLinear_Output, w)
  r_QuantizeLinear_Output = QuantizeLinear(r, sx, zx)
  r_DequantizeLinear_Output = DequantizeLinear(r_QuantizeLinear_Output, sx, zx)
  z = Sigmoid(r_DequantizeLinear_Output)
})");
    const auto matches = matchTensors(*reference, *quantized);
    QVERIFY(matches.ok());
    QCOMPARE(matches->size(), std::size_t {2});
    QCOMPARE(matches->at(0).tensor, std::string("r"));
    QCOMPARE(matches->at(0).layer, std::string("c")); // the Conv has no name, so it goes by its output
    QCOMPARE(matches->at(0).op, std::string("Conv"));
    QCOMPARE(matches->at(1).tensor, std::string("z"));
    QVERIFY(!matches->at(1).isInteger);
    QVERIFY(!matches->at(1).isQuantizedLayer);
}

void TestDrift::matchesOperatorsOnIntegers()
{
    const ModelPtr quantized = modelFromText(R"(
<ir_version: 8, opset_import: ["" : 13]>
g (float[1,1,4,4] x) => (float[1,1,2,2] p)
<int8[1,1,1,1] wq = {2}, float sw = {1}, int8 zw = {0}, float sx = {0.1}, uint8 zx = {0}, float sc = {0.2}, uint8 zc = {3}>
{
  x_quantized = QuantizeLinear(x, sx, zx)
  c_quantized = QLinearConv(x_quantized, sx, zx, wq, sw, zw, sc, zc)
  p_quantized = MaxPool<kernel_shape = [2,2], strides = [2,2]>(c_quantized)
  p = DequantizeLinear(p_quantized, sc, zc)
})");
    const auto values = findIntegerValues(*quantized);
    QVERIFY(values.ok());
    QCOMPARE(values->size(), std::size_t {3});
    QCOMPARE(values->at(2).value, std::string("p_quantized"));
    QCOMPARE(values->at(2).params, (ScaleZeroPoint {0.2F, 3}));
    const ModelPtr reference = modelFromText(R"(
g (float[1,1,4,4] x) => (float[1,1,2,2] p) <float[1,1,1,1] w = {2}>
{ c = Conv(x, w)  p = MaxPool<kernel_shape = [2,2], strides = [2,2]>(c) })");
    const auto matches = matchTensors(*reference, *quantized);
    QVERIFY(matches.ok());
    QCOMPARE(matches->size(), std::size_t {2});
    QCOMPARE(matches->at(0).tensor, std::string("c"));
    QCOMPARE(matches->at(1).tensor, std::string("p"));

    ListDataset data;
    std::vector<float> x(16);
    for (std::size_t i = 0; i < 16; ++i)
        x[i] = 0.1F * static_cast<float>(i);
    x[15] = 1.44F; // 1.4 on the grid
    data.add("x", {1, 1, 4, 4}, x);
    JobContext job;
    const auto drift = measureDrift(*reference, *quantized, data, *m_engine, oneThread(), job);
    QVERIFY2(drift.ok(), drift.ok() ? "" : drift.error().message().c_str());
    QCOMPARE(drift->layers.size(), std::size_t {2});
    QVERIFY(isNear(drift->layers[0].accumulated.maxAbs, 0.08));
    QVERIFY(drift->layers[0].alone);
    QVERIFY(isNear(drift->layers[0].alone->maxAbs, 0.08));
    // The pool alone: 2.88 is 2.8 on the grid of its input, which it hands on.
    QVERIFY(isNear(drift->layers[1].alone->maxAbs, 0.08));
}

void TestDrift::floatValuesInsideKernelsAreLeftAlone()
{
    // The runtime makes one QGemm of MatMul, Add and QuantizeLinear; looking at m would undo that.
    const ModelPtr reference = modelFromText(R"(
g (float[1,2] x) => (float[1,2] y) <float[2,2] w = {1,2,3,4}, float[2] b = {1,1}>
{ m = MatMul(x, w)  y = Add(m, b) })");
    const ModelPtr quantized = modelFromText(R"(
g (float[1,2] x) => (float[1,2] y)
<int8[2,2] wq = {1,2,3,4}, float one = {1}, int8 zw = {0}, float sx = {0.1}, uint8 zx = {0}, float[2] b = {1,1}>
{
  xq = QuantizeLinear(x, sx, zx)
  xd = DequantizeLinear(xq, sx, zx)
  w = DequantizeLinear(wq, one, zw)
  m = MatMul(xd, w)
  y_QuantizeLinear_Input = Add(m, b)
  yq = QuantizeLinear(y_QuantizeLinear_Input, sx, zx)
  y = DequantizeLinear(yq, sx, zx)
})");
    const auto matches = matchTensors(*reference, *quantized);
    QVERIFY(matches.ok());
    QCOMPARE(matches->size(), std::size_t {1});
    QCOMPARE(matches->at(0).tensor, std::string("y"));
    QCOMPARE(matches->at(0).op, std::string("MatMul"));
}

void TestDrift::tappingKeepsIntegerKernels()
{
    const ModelPtr reference = modelFromText(R"(
g (float[1,4,8,8] x) => (float[1,4,8,8] y) <float[4,4,1,1] w = {1,0,0,0, 0,1,0,0, 0,0,1,0, 0,0,0,1}>
{ c = Conv(x, w)  r = Relu(c)  d = Conv(r, w)  s = Add(d, r)  y = Identity(s) })");
    const ModelPtr quantized = modelFromText(R"(
g (float[1,4,8,8] x) => (float[1,4,8,8] y)
<int8[4,4,1,1] wq = {1,0,0,0, 0,1,0,0, 0,0,1,0, 0,0,0,1}, float sw = {1}, int8 zw = {0},
 float sx = {0.1}, uint8 zx = {0}, uint8 z = {100}>
{
  xq = QuantizeLinear(x, sx, z)
  xd = DequantizeLinear(xq, sx, z)
  w = DequantizeLinear(wq, sw, zw)
  v = DequantizeLinear(wq, sw, zw)
  c = Conv(xd, w)
  r = Relu(c)
  rq = QuantizeLinear(r, sx, zx)
  rd = DequantizeLinear(rq, sx, zx)
  d = Conv(rd, v)
  dq = QuantizeLinear(d, sx, z)
  dd = DequantizeLinear(dq, sx, z)
  s = Add(dd, rd)
  sq = QuantizeLinear(s, sx, z)
  y = DequantizeLinear(sq, sx, z)
})");
    const auto matches = matchTensors(*reference, *quantized);
    QVERIFY(matches.ok());
    std::vector<std::string> values;
    std::vector<ValueInfo> types;
    for (const MatchedTensor &match : *matches) {
        QVERIFY2(match.isInteger, match.tensor.c_str()); // not c, which is inside of the first convolution
        values.push_back(match.value);
        types.push_back({match.tensor, DType::Float32, {1, 4, 8, 8}, true});
    }
    QCOMPARE(values, (std::vector<std::string> {"rq", "dq", "sq"}));
    const auto alone = makeAloneModel(*quantized, *matches, types);
    QVERIFY2(alone.ok(), alone.ok() ? "" : alone.error().message().c_str());
    const QTemporaryDir folder;
    for (const ModelPtr &model : {quantized, alone->model}) {
        SessionOptions options;
        options.threads = 1;
        options.taps = values;
        options.optimizedModelPath = folder.filePath("optimized.onnx").toStdString();
        QVERIFY(m_engine->open(*model, options).ok());
        JobContext job;
        const auto optimized = loadModel(options.optimizedModelPath, job);
        QVERIFY2(optimized.ok(), optimized.ok() ? "" : optimized.error().message().c_str());
        int convolutions = 0, additions = 0;
        for (const onnx::NodeProto &node : (*optimized)->proto().graph().node()) {
            convolutions += node.op_type() == "QLinearConv" ? 1 : 0;
            additions += node.op_type() == "QLinearAdd" ? 1 : 0;
        }
        QCOMPARE(convolutions, 2);
        QCOMPARE(additions, 1);
    }
}

void TestDrift::layerBehindATensor()
{
    const ModelPtr model = modelFromText(R"(
g (float[1,4] x, float[1,4] s) => (float[1,4] r, float[1,4] t)
<float[4,4] w = {1,0,0,0, 0,1,0,0, 0,0,1,0, 0,0,0,1}, float[4] b = {1,1,1,1}>
{ m = MatMul(x, w)  h = Add(b, m)  k = Add(h, s)  r = Relu(k)  g = Sigmoid(s)  t = Relu(g) })");
    const auto never = [](const std::string &) { return false; };
    const auto op = [&](const char *tensor, const std::function<bool(const std::string &)> &stops) {
        return model->graph().layerName(*layerOf(*model, tensor, stops));
    };
    QCOMPARE(op("h", never), std::string("m")); // the bias belongs to the MatMul
    QCOMPARE(op("r", never), std::string("k")); // a residual Add is a layer
    QCOMPARE(op("t", never), std::string("t")); // nothing weighted above
    QCOMPARE(op("h", [](const std::string &v) { return v == "m"; }), std::string("h"));
    QVERIFY(!layerOf(*model, "x", never));
}

void TestDrift::byHand()
{
    const ListDataset data = twoSamples();
    JobContext job;
    const ModelPtr reference = modelFromText(kFloat);
    const ModelPtr quantized = modelFromText(kQdq);
    const auto drift = measureDrift(*reference, *quantized, data, *m_engine, oneThread(), job);
    QVERIFY2(drift.ok(), drift.ok() ? "" : drift.error().message().c_str());
    QCOMPARE(drift->layers.size(), std::size_t {2});
    QCOMPARE(drift->sampleIds, (std::vector<std::string> {"#0", "#1"}));

    const LayerDrift &a = drift->layers[0];
    QCOMPARE(a.tensor, std::string("a"));
    QCOMPARE(a.op, std::string("Mul"));
    const double signalA = 4 + 0.36 + 0.2704 + 100;
    const double errorA = 0.16 + 0.2304;
    QVERIFY(isNear(a.sampleSqnrDb[0], db(signalA, errorA), 1e-4));
    QCOMPARE(a.sampleSqnrDb[1], std::numeric_limits<float>::infinity());
    QVERIFY(isNear(a.accumulated.sqnrDb, db(signalA + 4 + 1 + 16, errorA), 1e-4));
    QVERIFY(isNear(a.accumulated.maxAbs, 0.48));
    QCOMPARE(a.accumulated.clippedPercent, 0.0);
    QVERIFY(isNear(a.channelSqnrDb.at(0), db(4.36 + 5, 0.16), 1e-4));
    QVERIFY(isNear(a.channelSqnrDb.at(1), db(100.2704 + 16, 0.2304), 1e-4));
    QVERIFY(isNear(a.channelMaxAbs.at(0), 0.4) && isNear(a.channelMaxAbs.at(1), 0.48));
    const double crossA = 4 + 0.6 + 0.52 + 100 + 4 + 1 + 16;
    const double otherA = 4 + 1 + 1 + 100 + 4 + 1 + 16;
    QVERIFY(isNear(a.accumulated.cosine, crossA / std::sqrt((signalA + 21) * otherA), 1e-7));

    const LayerDrift &y = drift->layers[1];
    const double clipped = 10 - 255 * 0.03125;
    const double signalY = 4 + 0.36 + 100;
    QVERIFY(isNear(y.sampleSqnrDb[0], db(signalY, 0.16 + clipped * clipped), 1e-4));
    QVERIFY(isNear(y.accumulated.clippedPercent, 12.5)); // one of eight
    QVERIFY(isNear(y.accumulated.maxAbs, clipped));
    // Alone: Relu sees the float model's a on a's grid: 2, 0.5, -0.5, 10.
    QVERIFY(y.alone);
    QVERIFY(isNear(y.sampleAloneSqnrDb.at(0), db(signalY, 0.01 + clipped * clipped), 1e-4));
    QVERIFY(isNear(y.alone->clippedPercent, 12.5));
    // The first layer has nothing before it but the quantized input, which belongs to it.
    QVERIFY(a.alone && isNear(a.alone->sqnrDb, a.accumulated.sqnrDb, 1e-9));
}

void TestDrift::aloneOfKeptFloatValues()
{
    // MatMul with quantized weights keeps its float output m; Sigmoid stays float altogether.
    const ModelPtr reference = modelFromText(R"(
g (float[1,2] x) => (float[1,2] y) <float[2,2] w = {1,0,0,1.2}>
{ m = MatMul(x, w)  s = Sigmoid(m)  y = MatMul(s, w) })");
    const ModelPtr quantized = modelFromText(R"(
g (float[1,2] x) => (float[1,2] y) <int8[2,2] wq = {2,0,0,2}, float half = {0.5}, int8 zw = {0}>
{
  w = DequantizeLinear(wq, half, zw)
  m = MatMul(x, w)
  s = Sigmoid(m)
  y = MatMul(s, w)
})");
    ListDataset data;
    data.add("x", {1, 2}, {3.F, 1.F});
    JobContext job;
    const auto drift = measureDrift(*reference, *quantized, data, *m_engine, oneThread(), job);
    QVERIFY2(drift.ok(), drift.ok() ? "" : drift.error().message().c_str());
    QCOMPARE(drift->layers.size(), std::size_t {3});
    const LayerDrift &m = drift->layers[0];
    QVERIFY(m.alone && isNear(m.alone->maxAbs, 0.2));
    const LayerDrift &s = drift->layers[1];
    QVERIFY(!s.alone);
    QVERIFY(s.sampleAloneSqnrDb.empty());
    const double sigmoid = 1 / (1 + std::exp(-1.2));
    QVERIFY(isNear(s.accumulated.maxAbs, sigmoid - 1 / (1 + std::exp(-1.0))));
    // y alone sees the float model's sigmoid; accumulated it sees the one of 1.0.
    const LayerDrift &y = drift->layers[2];
    QVERIFY(y.alone && isNear(y.alone->maxAbs, 0.2 * sigmoid));
    QVERIFY(isNear(y.accumulated.maxAbs, 1.2 * sigmoid - 1 / (1 + std::exp(-1.0))));
}

void TestDrift::aloneCanBeLeftOut()
{
    ListDataset data;
    data.add("x", {1, 2, 2}, {1.F, 0.3F, -0.26F, 5.F});
    DriftOptions options = oneThread();
    options.alone = false;
    JobContext job;
    const auto drift
        = measureDrift(*modelFromText(kFloat), *modelFromText(kQdq), data, *m_engine, options, job);
    QVERIFY(drift.ok());
    QVERIFY(!drift->layers[0].alone && !drift->layers[1].alone);
}

void TestDrift::nothingMatches()
{
    const ModelPtr other = modelFromText("g (float[1,2,2] x) => (float[1,2,2] q) { q = Relu(x) }");
    ListDataset data;
    data.add("x", {1, 2, 2}, {1, 2, 3, 4});
    JobContext job;
    const auto drift = measureDrift(*modelFromText(kFloat), *other, data, *m_engine, oneThread(), job);
    QVERIFY(!drift.ok());
    QVERIFY(drift.error().detail.find("no tensor named like") != std::string::npos);
}

void TestDrift::findings()
{
    Drift drift;
    LayerDrift own {"own", "Conv", "t1", {5, 0.8, 1, 0}, DriftMetrics {6, 0.8, 1, 0}, {}, {}, {}, {}};
    LayerDrift inherited {"inherited", "Conv", "t2", {8, 0.8, 1, 2.5}, DriftMetrics {40, 1, 0, 0}, {},
                          {},          {},     {}};
    LayerDrift dead {"dead", "Conv", "t3", {30, 1, 0, 0.5}, {}, {}, {}, {30, 0.F, 20}, {0, 1, 0}};
    drift.layers = {inherited, own, dead};
    const std::vector<Finding> findings = driftFindings(drift);
    QCOMPARE(findings.size(), std::size_t {4});
    QCOMPARE(findings[0].code, std::string("high-drift"));
    QCOMPARE(findings[0].subject, std::string("own"));
    QVERIFY(findings[0].detail.str().find("this layer loses it") != std::string::npos);
    QCOMPARE(findings[1].subject, std::string("inherited"));
    QVERIFY(findings[1].detail.str().find("layers before it") != std::string::npos);
    QCOMPARE(findings[2].code, std::string("clipped-activations"));
    QVERIFY(findings[2].detail.str().starts_with("2.5 % of the float values of t2"));
    QCOMPARE(findings[3].code, std::string("dead-channels"));
    QVERIFY(findings[3].detail.str().starts_with("1 of 3 channels"));
    QVERIFY(driftFindings({}).empty());
}

void TestDrift::pairOfTensors()
{
    const ListDataset data = twoSamples();
    JobContext job;
    const ModelPtr reference = modelFromText(kFloat);
    const ModelPtr quantized = modelFromText(kQdq);
    const auto pair = tapPair(*reference, *quantized, "y", data, *m_engine, {1, 16}, job);
    QVERIFY2(pair.ok(), pair.ok() ? "" : pair.error().message().c_str());
    QCOMPARE(pair->samples, std::uint64_t {2});
    QCOMPARE(pair->reference.total(), std::uint64_t {8});
    QCOMPARE(pair->reference.extent(), (Range {0.F, 10.F}));
    QCOMPARE(pair->quantized.extent(), (Range {0.F, 255 * 0.03125F}));
    QVERIFY(pair->params == (ScaleZeroPoint {0.03125F, 0}));
    QVERIFY(isNear(pair->metrics.clippedPercent, 12.5));
    const auto one = tapPair(*reference, *quantized, "y", data, *m_engine, {1, 1}, job);
    QVERIFY(one.ok());
    QCOMPARE(one->reference.total(), std::uint64_t {4});
    const auto none = tapPair(*reference, *quantized, "nowhere", data, *m_engine, {1, 1}, job);
    QVERIFY(!none.ok() && none.error().code == ErrorCode::NotFound);
}

void TestDrift::keysOfTheJson()
{
    Drift drift;
    drift.layers.push_back(
        {"conv", "Conv", "t", {kInf, 1, 0, 0}, DriftMetrics {30, 0.9, 0.5, 1}, {}, {}, {}, {}});
    drift.sampleIds = {"a", "b"};
    const nlohmann::json json = toJson(drift);
    const nlohmann::json &layer = json.at("layers").at(0);
    QCOMPARE(layer.at("name").get<std::string>(), std::string("conv"));
    QCOMPARE(layer.at("op").get<std::string>(), std::string("Conv"));
    QCOMPARE(layer.at("tensor").get<std::string>(), std::string("t"));
    QVERIFY(layer.at("sqnr_db").is_null());
    QCOMPARE(layer.at("cosine").get<double>(), 1.0);
    QCOMPARE(layer.at("max_abs").get<double>(), 0.0);
    QCOMPARE(layer.at("clipped_percent").get<double>(), 0.0);
    QCOMPARE(layer.at("alone").at("sqnr_db").get<double>(), 30.0);
    QCOMPARE(json.at("samples").get<int>(), 2);
}

QTEST_GUILESS_MAIN(TestDrift)
#include "tst_drift.moc"
