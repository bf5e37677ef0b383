// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is read from models in each of the forms that tools write. Ranges are worked out by hand:
// (lowest integer - zero point) * scale to (highest integer - zero point) * scale.
#include "core/model/quantizedview.h"
#include "tests/support/quantizerun.h"
#include "tests/support/textmodel.h"

#include <QTest>

#include <nlohmann/json.hpp>
#include <onnx/onnx_pb.h>

using namespace qs;

namespace {

const QuantizedTensor *tensorOf(const QuantizedView &view, const std::string &name)
{
    for (const QuantizedTensor &tensor : view.tensors) {
        if (tensor.name == name)
            return &tensor;
    }
    return nullptr;
}

/// "conv INT8, pool INT8, soft float"
QString precisions(const QuantizedView &view)
{
    QStringList list;
    for (const QuantizedLayer &layer : view.layers)
        list << QString::fromStdString(layer.name + " "
                                       + (layer.precision.empty() ? "float" : layer.precision));
    return list.join(", ");
}

} // namespace

class tst_QuantizedView : public QObject
{
    Q_OBJECT

private slots:
    void floatModel();
    void pairs();
    void shapesAreNotComputed();
    void operators();
    void dynamic();
    void weightsOnly();
    void blocks();
    void table();
    void sixteenBits();
    void unreadableParameters();
    void json();
};

void tst_QuantizedView::floatModel()
{
    const QuantizedView view
        = viewQuantized(*modelFromText("g (float[1,4] x) => (float[1,4] y) { [r] y = Relu(x) }"));
    QVERIFY(!view.isQuantized());
    QVERIFY(view.tensors.empty());
    QCOMPARE(precisions(view), QStringLiteral("r float"));
}

void tst_QuantizedView::pairs()
{
    const QuantizedView view = viewQuantized(*modelFromText(R"(g (float[1,3,4,4] x) => (float[1,2,4,4] y)
<float s = {0.5}, uint8 o = {128}, float[2] ws = {0.25, 0.125}, int8[2] z = {0, 0}, int8[2,3,1,1] w,
 float[2] bs = {0.125, 0.0625}, int32[2] b = {5, -7}, float t = {0.25}, uint8 u = {0}>
{
  xq = QuantizeLinear(x, s, o)
  xd = DequantizeLinear(xq, s, o)
  wd = DequantizeLinear <axis = 0> (w, ws, z)
  bd = DequantizeLinear <axis = 0> (b, bs)
  [conv] c = Conv(xd, wd, bd)
  cq = QuantizeLinear(c, t, u)
  cd = DequantizeLinear(cq, t, u)
  [soft] y = Softmax(cd)
})"));
    QCOMPARE(view.forms, std::vector<std::string> {"QDQ"});
    QCOMPARE(precisions(view), QStringLiteral("conv INT8, soft INT8"));
    QCOMPARE(view.tensors.size(), std::size_t {4});

    const QuantizedTensor &weight = *tensorOf(view, "w");
    QVERIFY(weight.role == OperandRole::Weight);
    QCOMPARE(weight.layer, std::string("conv"));
    QVERIFY(weight.type == DType::Int8);
    QVERIFY(weight.granularity == Granularity::PerChannel);
    QCOMPARE(weight.axis, std::optional<std::int64_t>(0));
    QCOMPARE(weight.shape, (Shape {2, 3, 1, 1}));
    QCOMPARE(weight.scales, (std::vector<float> {0.25F, 0.125F}));
    QCOMPARE(weight.range, (Range {-128 * 0.25F, 127 * 0.25F}));

    const QuantizedTensor &bias = *tensorOf(view, "b");
    QVERIFY(bias.role == OperandRole::Bias);
    QCOMPARE(bias.zeroPoints, std::vector<std::int32_t> {0});

    const QuantizedTensor &result = *tensorOf(view, "cq");
    QVERIFY(result.role == OperandRole::Data);
    QCOMPARE(result.layer, std::string("conv"));
    QVERIFY(result.granularity == Granularity::PerTensor);
    QCOMPARE(result.range, (Range {0, 255 * 0.25F}));
    QCOMPARE(view.resultOf(*view.find("conv")), &result);
    // The input of the graph belongs to who reads it.
    QCOMPARE(tensorOf(view, "xq")->layer, std::string("conv"));
    QCOMPARE(tensorOf(view, "xq")->range, (Range {-64, 63.5F}));
}

void tst_QuantizedView::shapesAreNotComputed()
{
    const QuantizedView view
        = viewQuantized(*modelFromText(R"(g (float[1,4] x) => (float[1,4] y, int64[2] n, int64 m)
<float s = {0.5}, uint8 o = {128}>
{
  q = QuantizeLinear(x, s, o)
  d = DequantizeLinear(q, s, o)
  [sum] y = Add(d, d)
  [shape] n = Shape(d)
  [size] m = Size(q)
})"));
    QCOMPARE(precisions(view), QStringLiteral("sum INT8, shape float, size float"));
}

void tst_QuantizedView::operators()
{
    const QuantizedView view = viewQuantized(*modelFromText(
        R"(<ir_version: 8, opset_import: ["" : 13, "com.microsoft" : 1]> g (float[1,3,4,4] x) => (float[1,2,2,2] y)
<float s = {0.5}, uint8 o = {128}, float[2] ws = {0.25, 0.125}, int8 z = {0}, int8[2,3,1,1] w, int32[2] b = {5, -7}>
{
  xq = QuantizeLinear(x, s, o)
  [conv] c = QLinearConv(xq, s, o, w, ws, z, s, o, b)
  [pool] p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (c)
  [sum] t = com.microsoft.QLinearAdd(p, s, o, p, s, o, s, o)
  y = DequantizeLinear(t, s, o)
})"));
    QCOMPARE(view.forms, std::vector<std::string> {"QOperator"});
    QCOMPARE(precisions(view), QStringLiteral("conv INT8, pool INT8, sum INT8"));
    QCOMPARE(tensorOf(view, "w")->axis, std::optional<std::int64_t>(0));
    QVERIFY(tensorOf(view, "b")->role == OperandRole::Bias);
    QCOMPARE(tensorOf(view, "c")->layer, std::string("conv"));
    QCOMPARE(tensorOf(view, "t")->range, (Range {-64, 63.5F}));
}

void tst_QuantizedView::dynamic()
{
    const QuantizedView view = viewQuantized(*modelFromText(R"(g (float[1,4] x) => (float[1,2] y)
<int8[4,2] w, int8 z = {0}, float ws = {0.5}>
{
  q, s, o = DynamicQuantizeLinear(x)
  [product] i = MatMulInteger(q, w, o, z)
  f = Cast <to = 1> (i)
  k = Mul(s, ws)
  y = Mul(f, k)
})"));
    QCOMPARE(view.forms, std::vector<std::string> {"dynamic"});
    QCOMPARE(QString::fromStdString(view.find("product")->precision), QStringLiteral("INT8 dynamic"));
    QCOMPARE(tensorOf(view, "w")->scales, std::vector<float> {0.5F}); // the factor behind the product
    QCOMPARE(tensorOf(view, "w")->range, (Range {-64, 63.5F}));
    QVERIFY(tensorOf(view, "q")->isDynamic);
    QVERIFY(tensorOf(view, "q")->scales.empty());
    QCOMPARE(QString::fromStdString(view.find("f")->precision), QString());
}

void tst_QuantizedView::weightsOnly()
{
    // The parser knows no types of 4 bits.
    auto proto = std::make_unique<onnx::ModelProto>(protoFromText(
        R"(<ir_version: 10, opset_import: ["" : 21]> g (float[1,4] x) => (float[1,2] y)
<uint8[4,2] w, float[2,2] s = {1, 2, 3, 4}, uint8[2,2] z>
{ d = DequantizeLinear <axis = 0, block_size = 2> (w, s, z) [product] y = MatMul(x, d) })"));
    for (onnx::TensorProto &tensor : *proto->mutable_graph()->mutable_initializer()) {
        if (tensor.name() == "s")
            continue;
        tensor.clear_int32_data();
        tensor.set_data_type(static_cast<int>(DType::UInt4));
        // 0 1 2 3 4 5 6 15 and 8 8 7 0, low half first.
        tensor.set_raw_data(tensor.name() == "w" ? std::string("\x10\x32\x54\xF6", 4)
                                                 : std::string("\x88\x07", 2));
    }
    const QuantizedView view = viewQuantized(**Model::create(std::move(proto)));
    QCOMPARE(view.forms, std::vector<std::string> {"weight-only"});
    QCOMPARE(precisions(view), QStringLiteral("product W4"));
    const QuantizedTensor &weight = *tensorOf(view, "w");
    QVERIFY(weight.granularity == Granularity::PerBlock);
    QCOMPARE(weight.blockSize, std::int64_t {2});
    QCOMPARE(weight.zeroPoints, (std::vector<std::int32_t> {8, 8, 7, 0}));
    QCOMPARE(weight.range, (Range {-21, 60})); // (0 - 7) * 3 and 15 * 4
}

void tst_QuantizedView::blocks()
{
    const char *const text = R"(<ir_version: 8, opset_import: ["" : 13, "com.microsoft" : 1]>
g (float[1,48] x) => (float[1,2] y) <uint8[2,3,8] w, float[6] s = {1, 1, 1, 2, 2, 2}%1>
{ [product] y = com.microsoft.MatMulNBits <K = 48, N = 2, bits = 4, block_size = 16> (x, w, s%2) })";
    const QuantizedView plain = viewQuantized(
        *modelFromText(QString::fromUtf8(text).arg(QString(), QString()).toUtf8().constData()));
    QCOMPARE(precisions(plain), QStringLiteral("product W4"));
    QCOMPARE(tensorOf(plain, "w")->shape, (Shape {2, 48}));
    QCOMPARE(tensorOf(plain, "w")->zeroPoints, std::vector<std::int32_t> {8});
    QCOMPARE(tensorOf(plain, "w")->range, (Range {-16, 14}));
    // Two nibbles a byte, low ones first, each row of three in two bytes: 3, 5, 7 and 1, 9, 15.
    const QuantizedView packed = viewQuantized(*modelFromText(
        QString::fromUtf8(text).arg(", uint8[4] z = {83, 7, 145, 15}", ", z").toUtf8().constData()));
    QCOMPARE(tensorOf(packed, "w")->zeroPoints, (std::vector<std::int32_t> {3, 5, 7, 1, 9, 15}));
    QCOMPARE(tensorOf(packed, "w")->range, (Range {-30, 28}));
}

void tst_QuantizedView::table()
{
    const QuantizedView view = viewQuantized(*modelFromText(R"(g (int64[2] i) => (float[2,3] y)
<int8[5,3] w, float s = {0.5}, int8 z = {0}> { [lookup] r = Gather(w, i) y = DequantizeLinear(r, s, z) })"));
    QCOMPARE(view.forms, std::vector<std::string> {"weight-only"});
    QCOMPARE(precisions(view), QStringLiteral("lookup W8"));
    QCOMPARE(tensorOf(view, "w")->layer, std::string("lookup"));
    QCOMPARE(tensorOf(view, "w")->scales, std::vector<float> {0.5F});
}

void tst_QuantizedView::sixteenBits()
{
    const QuantizedView view = viewQuantized(*modelFromText(
        R"(<ir_version: 8, opset_import: ["" : 13, "com.microsoft" : 1]> g (float[1,4] x) => (float[1,2] y)
<float s = {0.5}, uint16 o = {32768}, int8[4,2] w, int8 z = {0}>
{
  q = com.microsoft.QuantizeLinear(x, s, o)
  d = com.microsoft.DequantizeLinear(q, s, o)
  e = com.microsoft.DequantizeLinear(w, s, z)
  [product] y = MatMul(d, e)
})"));
    QCOMPARE(precisions(view), QStringLiteral("product W8A16"));
    QCOMPARE(tensorOf(view, "q")->bits, 16);
    QCOMPARE(tensorOf(view, "q")->range, (Range {-16384, 16383.5F}));
}

void tst_QuantizedView::unreadableParameters()
{
    const QuantizedView view = viewQuantized(*modelFromText(R"(g (float[1,4] x, float s) => (float[1,4] y)
<uint8 o = {1}> { r = Relu(s) q = QuantizeLinear(x, r, o) d = DequantizeLinear(q, r, o) [tanh] y = Tanh(d) })"));
    QCOMPARE(view.tensors.size(), std::size_t {1});
    QVERIFY(view.tensors[0].isDynamic);
    QCOMPARE(view.tensors[0].range, (Range {0, 0}));
}

void tst_QuantizedView::json()
{
    const auto made = quantizeModel(modelFromText(R"(g (float[N,3,4,4] x) => (float[N,2,4,4] y)
        <float[2,3,1,1] w = {1, 2, 3, -4, 5, 6}> { [conv] t = Conv(x, w) [relu] y = Relu(t) })"),
                                    syntheticRecipe("x86-vnni"));
    QVERIFY(made.ok());
    const nlohmann::json json = toJson(viewQuantized(*(*made)->model));
    QCOMPARE(json["forms"].dump(), std::string("[\"QDQ\"]"));
    QCOMPARE(json["layers"][0]["precision"].get<std::string>(), std::string("INT8"));
    bool found = false;
    for (const nlohmann::json &tensor : json["tensors"]) {
        if (tensor["role"] != "weight")
            continue;
        found = true;
        // int8, symmetric: the largest weight of each channel is 127 steps.
        QCOMPARE(tensor["scales"][0].get<float>(), 3.F / 127.F);
        QCOMPARE(tensor["scales"][1].get<float>(), 6.F / 127.F);
        QCOMPARE(tensor["axis"].get<int>(), 0);
    }
    QVERIFY(found);
}

QTEST_GUILESS_MAIN(tst_QuantizedView)
#include "tst_quantizedview.moc"
