// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphview.h"
#include "core/model/layertable.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTest>

using namespace qs;

namespace {

std::vector<Layer> tableOf(const ModelPtr &model, const ShapeMap &shapes)
{
    return makeLayerTable(*model, shapes);
}

TensorType f32(const Shape &shape)
{
    return {DType::Float32, shape};
}

} // namespace

class tst_LayerTable : public QObject
{
    Q_OBJECT
private slots:
    void describesALayer();
    void countsMacs_data();
    void countsMacs();
    void unknownShapesGiveNoMacs();
    void anUnknownBatchCountsAsOne();
    void quantizedWeightsAreParameters();
    void whatIsComputedFromConstantsIsNoActivation();
    void sharedWeightsCountOnce();
    void attributesAreReadable();
};

void tst_LayerTable::describesALayer()
{
    const ModelPtr model
        = modelFromText("g (float[N,3,8,8] x) => (float[N,4,4,4] y) <float[4,3,3,3] w, float[4] b> "
                        "{ c = Conv <strides = [2,2], pads = [1,1,1,1]> (x, w, b) y = Relu(c) }");
    const auto layers
        = tableOf(model, {{"x", f32({1, 3, 8, 8})}, {"c", f32({1, 4, 4, 4})}, {"y", f32({1, 4, 4, 4})}});
    QCOMPARE(layers.size(), std::size_t {2});
    const Layer &conv = layers[0];
    QCOMPARE(conv.name, std::string("c"));
    QCOMPARE(conv.op, std::string("Conv"));
    QCOMPARE(conv.attributes, std::string("pads=1,1,1,1 strides=2,2"));
    QCOMPARE(conv.inputs, (std::vector<std::string> {"x"}));
    QCOMPARE(conv.inputShapes, (std::vector<std::optional<Shape>> {Shape {1, 3, 8, 8}}));
    QCOMPARE(conv.outputShapes, (std::vector<std::optional<Shape>> {Shape {1, 4, 4, 4}}));
    QCOMPARE(conv.parameters, std::int64_t {4 * 27 + 4});
    QCOMPARE(conv.macs, std::int64_t {64 * 27}); // 64 outputs, each a sum of 27 products
    QVERIFY(conv.isWeighted);
    QVERIFY(!layers[1].isWeighted);
    QCOMPARE(layers[1].macs, std::int64_t {0});
}

void tst_LayerTable::countsMacs_data()
{
    QTest::addColumn<QString>("graph");
    QTest::addColumn<qint64>("macs");
    const auto row = [](const char *name, const char *graph, qint64 macs) {
        QTest::newRow(name) << QString(graph) << macs;
    };
    // x is 1x8x6x6, m is 5x8, y is the output with the shape in the graph's head.
    row("depthwise", "(float[1,8,4,4] y) <float[8,1,3,3] w> { y = Conv <group = 8> (x, w) }", 8 * 16 * 9);
    row("conv transpose",
        "(float[1,4,12,12] y) <float[8,4,2,2] w> { y = ConvTranspose <strides = [2,2]> (x, w) }",
        8 * 36 * 4 * 4);
    row("gemm", "(float[5,3] y) <float[8,3] w> { y = Gemm(m, w) }", 5 * 3 * 8);
    row("gemm transposed", "(float[8,3] y) <float[3,5] w> { y = Gemm <transA = 1, transB = 1> (m, w) }",
        8 * 3 * 5);
    row("matmul", "(float[5,3] y) <float[8,3] w> { y = MatMul(m, w) }", 5 * 3 * 8);
    row("matmul, weight first", "(float[2,8] y) <float[2,5] w> { y = MatMul(w, m) }", 2 * 8 * 5);
    row("batched", "(float[1,8,6,7] y) <float[6,7] w> { y = MatMul(x, w) }", 8 * 6 * 7 * 6);
    row("two activations", "(float[1,8,6,6] y) { y = MatMul(x, x) }", 8 * 6 * 6 * 6);
    row("qlinearconv", "(float[1,4,4,4] y) <int8[4,8,3,3] w> { y = QLinearConv(x, s, z, w, s, z, s, z) }",
        4 * 16 * 72);
    row("convinteger", "(float[1,4,4,4] y) <int8[4,8,3,3] w> { y = ConvInteger(x, w) }", 4 * 16 * 72);
    row("matmulinteger", "(float[5,3] y) <int8[8,3] w> { y = MatMulInteger(m, w) }", 5 * 3 * 8);
    row("qlinearmatmul", "(float[5,3] y) <int8[8,3] w> { y = QLinearMatMul(m, s, z, w, s, z, s, z) }",
        5 * 3 * 8);
    row("qgemm", "(float[5,3] y) <int8[8,3] w> { y = com.microsoft.QGemm(m, s, z, w, s, z) }", 5 * 3 * 8);
    row("4 bit", "(float[5,3] y) <uint8[3,1,4] w> { y = com.microsoft.MatMulNBits <K = 8, N = 3> (m, w, s) }",
        5 * 3 * 8);
    row("no product", "(float[1,8,6,6] y) { y = Relu(x) }", 0);
}

void tst_LayerTable::countsMacs()
{
    QFETCH(QString, graph);
    QFETCH(qint64, macs);
    const QString text = "<ir_version: 8, opset_import: [\"\" : 13, \"com.microsoft\" : 1]> g "
                         "(float[1,8,6,6] x, float[5,8] m, "
                         "float s, uint8 z) => "
        + graph;
    const ModelPtr model = modelFromText(text.toUtf8().constData());
    ShapeMap shapes;
    for (const ValueInfo &value : model->graph().inputs())
        shapes[value.name] = {value.type, value.shape};
    for (const ValueInfo &value : model->graph().outputs())
        shapes[value.name] = {value.type, value.shape};
    const Layer layer = tableOf(model, shapes)[0];
    QCOMPARE(qint64 {layer.macs}, macs);
    QCOMPARE(layer.isWeighted, graph.contains(" w> "));
}

void tst_LayerTable::unknownShapesGiveNoMacs()
{
    const ModelPtr model
        = modelFromText("g (float[5,8] x) => (float[5,3] y) <float[8,3] w> { y = MatMul(x, w) }");
    for (const ShapeMap &shapes : {ShapeMap {}, ShapeMap {{"x", f32({5, 8})}}, ShapeMap {{"y", f32({5, 3})}},
                                   ShapeMap {{"x", f32({5, -1})}, {"y", f32({5, 3})}},
                                   ShapeMap {{"x", f32({5, 8})}, {"y", f32({5, -1})}}}) {
        const Layer layer = tableOf(model, shapes)[0];
        QCOMPARE(layer.macs, std::int64_t {0});
        QVERIFY(layer.isWeighted);
        QCOMPARE(layer.parameters, std::int64_t {24});
    }
    QVERIFY(!tableOf(model, {})[0].outputShapes[0]);
    QCOMPARE(tableOf(model, {{"y", f32({})}})[0].outputShapes[0],
             std::optional(Shape {})); // a scalar is known
    const std::int64_t huge = std::int64_t {1} << 40;
    QCOMPARE(tableOf(model, {{"x", f32({huge, huge})}, {"y", f32({huge, huge})}})[0].macs, std::int64_t {0});
}

void tst_LayerTable::anUnknownBatchCountsAsOne()
{
    const ModelPtr model
        = modelFromText("g (float[N,8] x) => (float[N,3] y) <float[8,3] w> { y = MatMul(x, w) }");
    QCOMPARE(tableOf(model, {{"x", f32({-1, 8})}, {"y", f32({-1, 3})}})[0].macs, std::int64_t {24});
}

void tst_LayerTable::quantizedWeightsAreParameters()
{
    const ModelPtr model = modelFromText(R"(g (float[1,8,6,6] x) => (float[1,4,4,4] y)
        <float s = {0.5}, uint8 z = {0}, int8[4,8,3,3] w, float[4] ws, int8[4] wz, int32[4] b, float[4] bs> {
        xq = QuantizeLinear(x, s, z)
        xd = DequantizeLinear(xq, s, z)
        wd = DequantizeLinear(w, ws, wz)
        bd = DequantizeLinear(b, bs)
        y = Conv(xd, wd, bd)
        q = QLinearConv(xq, s, z, w, ws, wz, s, z, b)
    })");
    const auto layers
        = tableOf(model, {{"xd", f32({1, 8, 6, 6})}, {"wd", f32({4, 8, 3, 3})}, {"y", f32({1, 4, 4, 4})}});
    std::map<std::string, std::int64_t> parameters;
    for (const Layer &layer : layers)
        parameters[layer.name] = layer.parameters;
    QCOMPARE(parameters.at("xq"), std::int64_t {0}); // scales are no parameters
    QCOMPARE(parameters.at("xd"), std::int64_t {0});
    QCOMPARE(parameters.at("wd"), std::int64_t {4 * 72});
    QCOMPARE(parameters.at("bd"), std::int64_t {4});
    QCOMPARE(parameters.at("y"), std::int64_t {0});
    QCOMPARE(parameters.at("q"), std::int64_t {0}); // the same weights again
    QVERIFY(layers[4].isWeighted);
    QCOMPARE(layers[4].macs, std::int64_t {64 * 72});
    QCOMPARE(layers[4].inputs, (std::vector<std::string> {"xd"}));
}

void tst_LayerTable::whatIsComputedFromConstantsIsNoActivation()
{
    const ModelPtr model
        = modelFromText(R"(g (float[5,8] x) => (float[5,3] y) <float[24] w, int64[2] s = {8, 3}> {
        k = Constant <value = float {2.0}> ()
        r = Reshape(w, s)
        t = Mul(r, k)
        noise = RandomNormal <shape = [8, 3]> ()
        n = Add(t, noise)
        y = MatMul(x, t)
        y2 = MatMul(x, n)
    })");
    const auto layers = tableOf(model, {});
    QVERIFY(layers[1].inputs.empty());
    QCOMPARE(layers[1].parameters, std::int64_t {24});
    QCOMPARE(layers[2].parameters, std::int64_t {1});
    QCOMPARE(layers[0].parameters, std::int64_t {0});
    QVERIFY(layers[5].isWeighted);
    QVERIFY(!layers[6].isWeighted); // another number each time
    QCOMPARE(layers[6].inputs, (std::vector<std::string> {"x", "n"}));
}

void tst_LayerTable::sharedWeightsCountOnce()
{
    const ModelPtr model = modelFromText(
        "g (float[5,8] x) => (float[5,8] y) <float[8,8] w> { a = MatMul(x, w) y = MatMul(a, w) }");
    const auto layers = tableOf(model, {});
    QCOMPARE(layers[0].parameters, std::int64_t {64});
    QCOMPARE(layers[1].parameters, std::int64_t {0});
}

void tst_LayerTable::attributesAreReadable()
{
    onnx::ModelProto proto = protoFromText(
        R"(g (float[2] x) => (float[2] y) { y = Foo <z = 1, a = 0.5, text = "two\nlines", t = float[2,3] {1,2,3,4,5,6}> (x) })");
    auto *list = proto.mutable_graph()->mutable_node(0)->add_attribute();
    list->set_name("list");
    list->set_type(onnx::AttributeProto::INTS);
    for (int i = 0; i < 100; ++i)
        list->add_ints(i);
    const ModelPtr model = *Model::create(std::make_unique<onnx::ModelProto>(proto));
    const std::string text = tableOf(model, {})[0].attributes;
    QCOMPARE(text,
             std::string(
                 "a=0.5 list=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,... t=float32[2x3] text=two\\nlines z=1"));
}

QTEST_GUILESS_MAIN(tst_LayerTable)
#include "tst_layertable.moc"
