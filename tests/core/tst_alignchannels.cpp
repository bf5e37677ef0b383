// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Channels of zeros for the runtime's fast kernels: which convolutions get them, that no result changes by a
// bit, and that drift is still that of the channels that were trained.
#include "core/evaluation/drift.h"
#include "core/evaluation/tensorpair.h"
#include "core/plan/channelpadding.h"
#include "tests/support/listdataset.h"
#include "tests/support/modelrun.h"
#include "tests/support/quantizerun.h"
#include "tests/support/textmodel.h"

#include <QTest>

#include <onnx/onnx_pb.h>

using namespace qs;

namespace {

/// A network like MobileNet's first layers.
constexpr const char *kMobile = R"(g (float[1,3,8,8] x) => (float[1,8,4,4] y)
    <float[24,3,3,3] w0, float[24] b0, float[24,1,3,3] w1, float[24] b1, float[8,24,1,1] w2, float[8] b2> {
        [first] c0 = Conv <pads = [1, 1, 1, 1]> (x, w0, b0)
        r0 = Relu(c0)
        [deep] c1 = Conv <group = 24, strides = [2, 2], pads = [1, 1, 1, 1]> (r0, w1, b1)
        r1 = Relu(c1)
        [last] y = Conv(r1, w2, b2)
    })";

QuantizedPtr quantized(const ModelPtr &model, bool isAligned, nlohmann::json parameters = {},
                       const char *target = "x86-vnni")
{
    Recipe recipe = syntheticRecipe(target);
    recipe.parameters.update(parameters.is_null() ? nlohmann::json::object() : parameters);
    recipe.parameters["align_channels"] = isAligned;
    const auto result = quantizeModel(model, recipe);
    if (!result.ok())
        qFatal("%s", result.error().message().c_str());
    return *result;
}

/// "32x4x3x3 32x1x3x3 8x32x1x1": shapes of the weights of the convolutions.
std::string weightsOf(const Model &model)
{
    std::string text;
    const GraphView &graph = model.graph();
    for (const NodeId id : graph.topologicalOrder()) {
        const onnx::NodeProto &node = graph.node(id);
        const bool isQuantized = node.op_type() == "QLinearConv";
        if (!isOp(node, "Conv") && !isQuantized)
            continue;
        std::string name = node.input(isQuantized ? 3 : 1);
        if (const auto producer = graph.producer(name))
            name = graph.node(*producer).input(0);
        text += (text.empty() ? "" : " ") + toString((*model.constant(name))->shape());
    }
    return text;
}

/// What \a model gives on random inputs in the runtime's integer kernels.
std::vector<Tensor> outputsOf(const Model &model)
{
    const auto session = makeOnnxRuntimeEngine()->open(model, {.threads = 1});
    if (!session.ok())
        qFatal("%s", session.error().message().c_str());
    const auto outputs = (*session)->run(randomInputs(model, 3), JobContext());
    if (!outputs.ok())
        qFatal("%s", outputs.error().message().c_str());
    return *outputs;
}

bool isSame(const std::vector<Tensor> &a, const std::vector<Tensor> &b)
{
    return std::ranges::equal(a, b, [](const Tensor &x, const Tensor &y) {
        return x.shape() == y.shape() && std::ranges::equal(x.bytes(), y.bytes());
    });
}

ListDataset pictures(int count)
{
    ListDataset data;
    for (int i = 0; i < count; ++i) {
        const Tensor x = randomTensor({1, 3, 8, 8}, static_cast<unsigned>(i));
        data.add("x", x.shape(), {x.floats().begin(), x.floats().end()});
    }
    return data;
}

} // namespace

class tst_AlignChannels : public QObject
{
    Q_OBJECT

private slots:
    void weights_data();
    void weights();
    void otherTargetsKeepTheirs();
    void qOperator();
    void driftOfTrainedChannels();
    void nameThatIsNotUtf8();
    void damagedMetadata_data();
    void damagedMetadata();
    void resizing();
};

void tst_AlignChannels::weights_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("shapes");
    QTest::newRow("mobile") << kMobile << "32x4x3x3 32x1x3x3 8x32x1x1";
    QTest::newRow("several-readers") << R"(g (float[1,4,8,8] x) => (float[1,8,8,8] y, float[1,8,8,8] z)
        <float[12,4,1,1] w0, float[12,1,3,3] w1, float[8,12,1,1] w2, float[8,12,1,1] w3> {
            a = Conv(x, w0)
            b = Conv <group = 12, pads = [1, 1, 1, 1]> (a, w1)
            y = Conv(b, w2)
            z = Conv(a, w3) })"
                                     << "16x4x1x1 16x1x3x3 8x16x1x1 8x16x1x1";
    QTest::newRow("shown") << R"(g (float[1,4,8,8] x) => (float[1,8,8,8] y, float[1,24,8,8] b)
        <float[24,4,1,1] w0, float[24,1,3,3] w1, float[8,24,1,1] w2> {
            a = Conv(x, w0)
            b = Conv <group = 24, pads = [1, 1, 1, 1]> (a, w1)
            y = Conv(b, w2) })"
                           << "24x4x1x1 24x1x3x3 8x24x1x1";
    QTest::newRow("added") << R"(g (float[1,4,8,8] x) => (float[1,24,8,8] y)
        <float[24,4,1,1] w0, float[24,1,3,3] w1> {
            a = Conv(x, w0)
            b = Conv <group = 24, pads = [1, 1, 1, 1]> (a, w1)
            s = Add(a, b)
            y = Relu(s) })"
                           << "24x4x1x1 24x1x3x3";
    QTest::newRow("too-many-to-add") << R"(g (float[1,4,8,8] x) => (float[1,8,8,8] y)
        <float[20,4,1,1] w0, float[20,1,3,3] w1, float[8,20,1,1] w2> {
            a = Conv(x, w0)
            b = Conv <group = 20, pads = [1, 1, 1, 1]> (a, w1)
            y = Conv(b, w2) })"
                                     << "20x4x1x1 20x1x3x3 8x20x1x1";
    QTest::newRow("grouped-reader") << R"(g (float[1,4,8,8] x) => (float[1,8,8,8] y)
        <float[24,4,1,1] w0, float[24,1,3,3] w1, float[8,12,1,1] w2> {
            a = Conv(x, w0)
            b = Conv <group = 24, pads = [1, 1, 1, 1]> (a, w1)
            y = Conv <group = 2> (b, w2) })"
                                    << "24x4x1x1 24x1x3x3 8x12x1x1";
    QTest::newRow("grey") << R"(g (float[1,1,8,8] x) => (float[1,16,8,8] y)
        <float[16,1,3,3] w> { y = Conv <pads = [1, 1, 1, 1]> (x, w) })"
                          << "16x1x3x3";
    QTest::newRow("colour") << R"(g (float[1,3,8,8] x) => (float[1,16,8,8] y)
        <float[16,3,3,3] w> { y = Conv <pads = [1, 1, 1, 1]> (x, w) })"
                            << "16x4x3x3";
    QTest::newRow("colour-to-few") << R"(g (float[1,3,8,8] x) => (float[1,8,8,8] y)
        <float[8,3,3,3] w> { y = Conv <pads = [1, 1, 1, 1]> (x, w) })"
                                   << "8x3x3x3";
    QTest::newRow("line") << R"(g (float[1,3,32] x) => (float[1,16,32] y)
        <float[16,3,3] w> { y = Conv <pads = [1, 1]> (x, w) })"
                          << "16x4x3";
}

void tst_AlignChannels::weights()
{
    QFETCH(QString, text);
    QFETCH(QString, shapes);
    const ModelPtr model = modelFromText(text.toUtf8().constData());
    for (const bool isPerChannel : {true, false}) {
        const nlohmann::json parameters {{"per_channel", isPerChannel}};
        const QuantizedPtr plain = quantized(model, false, parameters);
        const QuantizedPtr aligned = quantized(model, true, parameters);
        QCOMPARE(QString::fromStdString(weightsOf(*aligned->model)), shapes);
        QVERIFY(isSame(outputsOf(*aligned->model), outputsOf(*plain->model)));
        QVERIFY(isSame(runModel(*aligned->model, randomInputs(*model, 5)),
                       runModel(*plain->model, randomInputs(*model, 5))));
        QCOMPARE(kernelsOf(*aligned->model).find("Conv") == std::string::npos, false);
        QCOMPARE(kernelsOf(*plain->model).find("QLinearConv") == std::string::npos,
                 kernelsOf(*aligned->model).find("QLinearConv") == std::string::npos);
    }
}

void tst_AlignChannels::otherTargetsKeepTheirs()
{
    const ModelPtr model = modelFromText(kMobile);
    for (const char *target : {"arm-xnnpack", "arm-qnnpack", "tensorrt", "qnn-htp", "openvino"}) {
        const QuantizedPtr result = quantized(model, true, {}, target);
        QCOMPARE(weightsOf(*result->model), std::string("24x3x3x3 24x1x3x3 8x24x1x1"));
        QVERIFY(!result->model->metadata(kChannelPaddingKey));
    }
}

void tst_AlignChannels::qOperator()
{
    const ModelPtr model = modelFromText(kMobile);
    const QuantizedPtr plain = quantized(model, false, {{"format", "qoperator"}});
    const QuantizedPtr aligned = quantized(model, true, {{"format", "qoperator"}});
    QCOMPARE(weightsOf(*aligned->model), std::string("32x4x3x3 32x1x3x3 8x32x1x1"));
    QVERIFY(isSame(outputsOf(*aligned->model), outputsOf(*plain->model)));
}

void tst_AlignChannels::driftOfTrainedChannels()
{
    const ModelPtr model = modelFromText(kMobile);
    const QuantizedPtr plain = quantized(model, false);
    const QuantizedPtr aligned = quantized(model, true);
    const auto engine = makeOnnxRuntimeEngine();
    const ListDataset data = pictures(3);
    std::vector<Finding> findings;
    JobContext job({}, {}, [&](const Finding &finding) { findings.push_back(finding); });
    const auto expected = measureDrift(*model, *plain->model, data, *engine, {}, job);
    const auto drift = measureDrift(*model, *aligned->model, data, *engine, {}, job);
    QVERIFY(expected.ok() && drift.ok());
    QVERIFY2(findings.empty(), findings.empty() ? "" : findings[0].detail.str().c_str());
    QCOMPARE(drift->layers.size(), expected->layers.size());
    QCOMPARE(drift->layers.size(), std::size_t {3});
    for (std::size_t i = 0; i < drift->layers.size(); ++i) {
        const LayerDrift &layer = drift->layers[i];
        QCOMPARE(layer.name, expected->layers[i].name);
        QCOMPARE(layer.accumulated.sqnrDb, expected->layers[i].accumulated.sqnrDb);
        QVERIFY(layer.alone && expected->layers[i].alone);
        QCOMPARE(layer.alone->sqnrDb, expected->layers[i].alone->sqnrDb);
        QCOMPARE(layer.channelSqnrDb.size(), expected->layers[i].channelSqnrDb.size());
    }
    QCOMPARE(drift->layers[1].channelSqnrDb.size(), std::size_t {24});
    const auto pair = tapPair(*model, *aligned->model, "r1", data, *engine, {}, job);
    const auto other = tapPair(*model, *plain->model, "r1", data, *engine, {}, job);
    QVERIFY(pair.ok() && other.ok());
    QCOMPARE(pair->metrics.sqnrDb, other->metrics.sqnrDb);
}

void tst_AlignChannels::nameThatIsNotUtf8()
{
    GraphEdit edit(*modelFromText(kMobile));
    edit.setOutput(*edit.producer("r0"), 0, "r\xff");
    edit.replaceUses("r0", "r\xff");
    const QuantizedPtr made = quantized(*edit.finish(), true);
    QCOMPARE(weightsOf(*made->model), std::string("32x4x3x3 32x1x3x3 8x32x1x1"));
    QVERIFY(made->model->metadata(kChannelPaddingKey));
}

void tst_AlignChannels::damagedMetadata_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("no-json") << "{";
    QTest::newRow("list") << "[1, 2]";
    QTest::newRow("no-pair") << R"({"r0": [24]})";
    QTest::newRow("text") << R"({"r0": ["a", "b"]})";
    QTest::newRow("none-trained") << R"({"r0": [0, 32]})";
    QTest::newRow("fewer-stored") << R"({"r0": [32, 24]})";
    QTest::newRow("huge") << R"({"r0": [24, 9223372036854775807]})";
}

void tst_AlignChannels::damagedMetadata()
{
    QFETCH(QString, text);
    GraphEdit edit(*modelFromText(kMobile));
    edit.setMetadata(kChannelPaddingKey, text.toStdString());
    const ChannelPadding padding(**edit.finish());
    QVERIFY(!padding.isPadded("r0"));
    const Tensor values({DType::Float32, {1, 24, 2, 2}});
    QCOMPARE(padding.padded("r0", values).shape(), values.shape());
}

void tst_AlignChannels::resizing()
{
    const Tensor x = Tensor::fromFloats({2, 2, 2}, std::vector<float> {1, 2, 3, 4, 5, 6, 7, 8});
    const Tensor wide = resizedAlong(x, 1, 3);
    QCOMPARE(wide.shape(), (Shape {2, 3, 2}));
    QVERIFY(std::ranges::equal(wide.floats(), std::vector<float> {1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 0, 0}));
    QVERIFY(std::ranges::equal(resizedAlong(wide, 1, 2).floats(), x.floats()));
    QVERIFY(std::ranges::equal(resizedAlong(x, 0, 1).floats(), std::vector<float> {1, 2, 3, 4}));

    ChannelPadding padding;
    padding.add("t", {2, 3});
    QCOMPARE(padding.padded("t", x).shape(), (Shape {2, 3, 2}));
    QVERIFY(std::ranges::equal(padding.stripped("t", wide).floats(), x.floats()));
    QCOMPARE(padding.stripped("t", x).shape(), x.shape()); // of another size already
    QCOMPARE(padding.stripped("u", wide).shape(), wide.shape());
}

QTEST_GUILESS_MAIN(tst_AlignChannels)
#include "tst_alignchannels.moc"
