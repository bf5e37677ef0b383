// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small models go the whole way, and ONNX Runtime's own rewritten graph tells which kernels run.
#include "core/base/atomicfile.h"
#include "core/model/modelio.h"
#include "core/run/run.h"
#include "tests/support/modelrun.h"
#include "tests/support/quantizerun.h"
#include "tests/support/textmodel.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <onnx/onnx_pb.h>

using namespace qs;

class tst_StaticInt8 : public QObject
{
    Q_OBJECT

private slots:
    void kernels_data();
    void kernels();
    void weightsAreSymmetricPerChannel();
    void equalWeightsAreStoredOnce();
    void sharedGridAcrossMaxPool();
    void biasOverflowWidensTheWeightScale();
    void deadChannelKeepsItsBias_data();
    void deadChannelKeepsItsBias();
    void sharedWeightsFitEveryBias();
    void excludeKeepsFloat();
    void excludeFollowsFoldedLayers_data();
    void excludeFollowsFoldedLayers();
    void excludeWithoutMatchIsAnError();
    void nothingQuantizedIsTold_data();
    void nothingQuantizedIsTold();
    void overrideSetsTheRange();
    void overrideSetsTheRangeOfProbabilities();
    void overrideOfUnknownTensorIsAnError();
    void avx2UsesSevenBits();
    void xnnpackIsSigned();
    void embeddingTablesAreStoredAsIntegers();
    void errorsNameTheFile();
    void quantizedModelIsRefused();
    void sameRecipeSameBytes();
};

void tst_StaticInt8::kernels_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("kernels");
    const char *const conv3 = "float[3,3,1,1] w = {1, 2, 3, -4, 5, 6, 2, -2, 1}, float[3] b = {0.5, 0, -1}";
    const auto row = [&](const char *name, const QString &body, const char *kernels) {
        QTest::newRow(name) << body.arg(QString::fromUtf8(conv3)) << QString::fromUtf8(kernels);
    };
    row("conv", "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { y = Conv(x, w, b) }", "QLinearConv 1");
    row("conv-no-bias", "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { y = Conv(x, w) }",
        "QLinearConv 1");
    row("conv-relu-conv",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) r = Relu(t) y = Conv(r, w) }",
        "QLinearConv 2");
    row("conv-identity-relu-dropout-conv",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) i = Identity(t) r = Relu(i) d = "
        "Dropout(r) y = Conv(d, w) }",
        "QLinearConv 2");
    row("conv-relu6",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, float lo = {0}, float hi = {6}>"
        " { t = Conv(x, w, b) r = Clip(t, lo, hi) y = Conv(r, w) }",
        "QLinearConv 2");
    row("residual",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) u = Conv(t, w) s = Add(t, u) r "
        "= Relu(s) y = Conv(r, w) }",
        "QLinearConv 3, com.microsoft.QLinearAdd 1");
    row("residual-at-the-end",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) u = Conv(t, w) y = Add(t, u) }",
        "QLinearConv 2, com.microsoft.QLinearAdd 1");
    row("concat",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, float[3,6,1,1] v = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, "
        "5, 6, 1, 2, 3, 4, 5, 6}>"
        " { t = Conv(x, w, b) u = Conv(t, w) c = Concat <axis = 1> (t, u) y = Conv(c, v) }",
        "QLinearConv 3, com.microsoft.QLinearConcat 1");
    row("maxpool",
        "g (float[N,3,4,4] x) => (float[N,3,2,2] y) <%1> { t = Conv(x, w, b) p = MaxPool <kernel_shape = [2, "
        "2], strides = [2, 2]> (t) y = Conv(p, w) }",
        "MaxPool 1, QLinearConv 2");
    row("classifier",
        "g (float[N,3,4,4] x) => (float[N,2] y) <%1, float[2,3] f = {1, 2, 3, 4, 5, 6}, float[2] h = {1, 2}>"
        " { t = Conv(x, w, b) p = GlobalAveragePool(t) q = Flatten(p) y = Gemm <transB = 1> (q, f, h) }",
        "Flatten 1, QLinearConv 1, com.microsoft.QGemm 1, com.microsoft.QLinearGlobalAveragePool 1");
    row("silu",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) s = Sigmoid(t) m = Mul(t, s) y "
        "= Conv(m, w) }",
        "QLinearConv 2, com.microsoft.QLinearMul 1, com.microsoft.QLinearSigmoid 1");
    row("leaky",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) l = LeakyRelu(t) y = Conv(l, w) "
        "}",
        "QLinearConv 2, com.microsoft.QLinearLeakyRelu 1");
    row("averagepool",
        "g (float[N,3,4,4] x) => (float[N,3,2,2] y) <%1> { t = Conv(x, w, b) p = AveragePool <kernel_shape = "
        "[2, 2], strides = [2, 2]> (t) y = Conv(p, w) }",
        "QLinearConv 2, com.microsoft.QLinearAveragePool 1");
    row("moves",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, int64[4] shape = {0, 3, 4, 4}>"
        " { t = Conv(x, w, b) u = Transpose <perm = [0, 1, 3, 2]> (t) v = Reshape(u, shape) y = Conv(v, w) }",
        "QLinearConv 2, Reshape 1, Transpose 1");
    row("matmul-add",
        "g (float[N,4] x) => (float[N,2] y) <float[4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[2] b = {0.5, "
        "-1}> { t = MatMul(x, w) y = Add(t, b) }",
        "com.microsoft.QGemm 1");
    row("matmul-rank3",
        "g (float[N,3,4] x) => (float[N,3,2] y) <float[4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}> { y = MatMul(x, w) "
        "}",
        "com.microsoft.MatMulIntegerToFloat 1");
    constexpr const char *kBlock
        = "float[4,4] w = {1, 2, 3, 4, 5, -6, 7, 8, 9, 8, -7, 6, 5, 4, 3, 2}, float[4] b = {0.5, -1, 2, 1}, "
          "float r = {1.4142135}, float one = {1}, float half = {0.5}";
    const auto block = [&](const char *name, const char *body, const char *kernels) {
        QTest::newRow(name) << QString::fromUtf8(body).arg(QString::fromUtf8(kBlock))
                            << QString::fromUtf8(kernels);
    };
    block("matmul-add-rank3",
          "g (float[N,3,4] x) => (float[N,3,4] y) <%1> { t = MatMul(x, w) a = Add(t, b) y = MatMul(a, w) }",
          "Add 1, com.microsoft.MatMulIntegerToFloat 2");
    block("matmul-add-rank3-fixed",
          "g (float[2,3,4] x) => (float[2,3,4] y) <%1> { t = MatMul(x, w) a = Add(b, t) y = MatMul(a, w) }",
          "Add 1, com.microsoft.MatMulIntegerToFloat 2");
    block("gelu",
          "g (float[N,3,4] x) => (float[N,3,4] y) <%1> { t = MatMul(x, w) a = Add(t, b) e = Div(a, r) f = "
          "Erf(e) p = Add(f, one) h = Mul(a, p) i = Mul(h, half) y = MatMul(i, w) }",
          "com.microsoft.BiasGelu 1, com.microsoft.MatMulIntegerToFloat 2");
    block("gelu-fixed",
          "g (float[2,3,4] x) => (float[2,3,4] y) <%1> { t = MatMul(x, w) a = Add(t, b) e = Div(a, r) f = "
          "Erf(e) p = Add(f, one) h = Mul(a, p) i = Mul(h, half) y = MatMul(i, w) }",
          "Add 1, com.microsoft.Gelu 1, com.microsoft.MatMulIntegerToFloat 2");
    row("gelu-behind-conv",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, float r = {1.4142135}, float one = {1}, float half "
        "= "
        "{0.5}> { a = Conv(x, w, b) m = Mul(half, a) e = Div(a, r) f = Erf(e) p = Add(one, f) i = Mul(m, p) "
        "y "
        "= Conv(i, w) }",
        "Add 1, Div 1, Erf 1, Mul 2, QLinearConv 2");
    row("tanh-gelu-behind-conv",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, float k = {0.044715}, float r = {0.7978846}, float "
        "one = {1}, float half = {0.5}> { a = Conv(x, w, b) c = Mul(a, a) d = Mul(a, c) e = Mul(k, d) g1 = "
        "Add(a, e) h = Mul(g1, r) f = Tanh(h) p = Add(f, one) i = Mul(a, p) j = Mul(i, half) y = Conv(j, w) "
        "}",
        "Add 2, Mul 6, QLinearConv 2, Tanh 1");
    row("layer-norm-written-out",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, float two = {2}, float eps = {0.00001}, float[4] "
        "scale = {1, 2, 3, 4}> { a = Conv(x, w, b) m = ReduceMean <axes = [3]> (a) d = Sub(a, m) p = Pow(d, "
        "two) v = ReduceMean <axes = [3]> (p) e = Add(v, eps) s = Sqrt(e) n = Div(d, s) g1 = Mul(n, scale) l "
        "= "
        "Add(g1, scale) y = Conv(l, w) }",
        "Add 1, QLinearConv 2, ReduceMean 1, SimplifiedLayerNormalization 1, Sub 1");
    block("attention",
          "g (float[N,3,4] x, float[3,3] mask) => (float[N,3,4] y) <%1, float[4,4] v = {2, 1, 3, -4, 5, 6, "
          "7, 1, "
          "9, -8, 7, 6, 2, 4, 3, 2}> { q = MatMul(x, w) k0 = MatMul(x, v) k = Transpose <perm = [0, 2, 1]> "
          "(k0) "
          "s = MatMul(q, k) c = Mul(s, half) m = Add(c, mask) p = Softmax <axis = 2> (m) o = MatMul(p, k0) "
          "y = MatMul(o, w) }",
          "Add 1, Mul 1, QLinearMatMul 3, Softmax 1, Transpose 1, com.microsoft.MatMulIntegerToFloat 2");
    row("scale-operand",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, float k = {3}>"
        " { t = Conv(x, w, b) r = Relu(t) a = Add(r, k) y = Conv(a, w) }",
        "QLinearConv 2, com.microsoft.QLinearAdd 1");
    row("tail-stays-float",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, float k = {3}>"
        " { t = Conv(x, w, b) s = Sigmoid(t) y = Mul(s, k) }",
        "Mul 1, QLinearConv 1, Sigmoid 1");
    row("softmax-stays-float",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) y = Softmax <axis = 1> (t) }",
        "QLinearConv 1, Softmax 1");
}

void tst_StaticInt8::kernels()
{
    QFETCH(QString, text);
    QFETCH(QString, kernels);
    const ModelPtr model = modelFromText(text.toUtf8().constData());
    const auto result = quantizeModel(model, syntheticRecipe("x86-vnni"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QStringList sorted = QString::fromStdString(kernelsOf(*(*result)->model)).split(QStringLiteral(", "));
    QStringList expected = kernels.split(QStringLiteral(", "));
    sorted.sort();
    expected.sort();
    QCOMPARE(sorted.join(QStringLiteral(", ")), expected.join(QStringLiteral(", ")));
    const double sqnr = syntheticSqnrDb(*model, *(*result)->model);
    QVERIFY2(sqnr > 25, qPrintable(QStringLiteral("SQNR %1 dB").arg(sqnr)));
    for (const Finding &finding : (*result)->findings)
        QVERIFY2(finding.severity == Severity::Info || finding.code == "synthetic-calibration",
                 finding.code.c_str());
}

void tst_StaticInt8::weightsAreSymmetricPerChannel()
{
    const auto result = quantizeModel(modelFromText(R"(g (float[N,1,4,4] x) => (float[N,3,4,4] y)
        <float[3,1,1,2] w = {1, -2, 0.5, 0.25, 0, 0}> { y = Conv <pads = [0, 0, 0, 1]> (x, w) })"),
                                      syntheticRecipe("x86-vnni"));
    QVERIFY(result.ok());
    const TensorPlan &weight = (*result)->plan.tensors.at("w");
    QCOMPARE(weight.axis, std::optional(0));
    QCOMPARE(weight.params.at(0), (ScaleZeroPoint {2.F / 127.F, 0}));
    QCOMPARE(weight.params.at(1), (ScaleZeroPoint {0.5F / 127.F, 0}));
    const auto integers = (*result)->model->constant("w_quantized");
    QVERIFY(integers.ok() && integers->has_value());
    const auto data = (*integers)->data<std::int8_t>();
    // 1 / (2/127) = 63.5 goes to the even 64; 0.25 / (0.5/127) = 63.5 likewise.
    QCOMPARE(std::vector<int>(data.begin(), data.end()), (std::vector<int> {64, -127, 127, 64, 0, 0}));
}

void tst_StaticInt8::equalWeightsAreStoredOnce()
{
    // The third is the first times 2: the same integers, on a grid of its own.
    const ModelPtr shell = modelFromText(R"(g (float[N,8] x) => (float[N,8] y)
        <float[8,8] a, float[8,8] b, float[8,8] c, float[8,8] d>
        { t = MatMul(x, a)  u = MatMul(t, b)  v = MatMul(u, c)  y = MatMul(v, d) })");
    GraphEdit edit(*shell);
    const Tensor weights = randomTensor({8, 8}, 5);
    std::vector<float> doubled;
    for (const float w : weights.floats())
        doubled.push_back(2.F * w);
    edit.setInitializer("a", weights);
    edit.setInitializer("b", weights);
    edit.setInitializer("c", Tensor::fromFloats({8, 8}, doubled));
    edit.setInitializer("d", randomTensor({8, 8}, 6));
    const ModelPtr model = *edit.finish();
    const auto result = quantizeModel(model, syntheticRecipe("x86-vnni"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    int stored = 0;
    for (const auto &initializer : (*result)->model->proto().graph().initializer())
        stored += initializer.data_type() == onnx::TensorProto::INT8 && initializer.dims_size() == 2;
    QCOMPARE(stored, 2);
    QVERIFY(syntheticSqnrDb(*model, *(*result)->model) > 25);
}

void tst_StaticInt8::sharedGridAcrossMaxPool()
{
    const auto result = quantizeModel(modelFromText(R"(g (float[N,1,4,4] x) => (float[N,1,2,2] y)
        <float[1,1,1,1] w = {2}>
        { t = Conv(x, w)  p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (t)  y = Conv(p, w) })"),
                                      syntheticRecipe("x86-vnni"));
    QVERIFY(result.ok());
    const Plan &plan = (*result)->plan;
    QCOMPARE(plan.tensors.at("p").params, plan.tensors.at("t").params);
    QCOMPARE(plan.tensors.at("p").sharedWith, std::string("t"));
}

void tst_StaticInt8::biasOverflowWidensTheWeightScale()
{
    const ModelPtr model = modelFromText(R"(g (float[N,1,4,4] x) => (float[N,2,4,4] y)
        <float[2,1,1,1] w = {0.000001, 1}, float[2] b = {900, 1}> { y = Conv(x, w, b) })");
    const auto result = quantizeModel(model, syntheticRecipe("x86-vnni"));
    QVERIFY(result.ok());
    const TensorPlan &bias = (*result)->plan.tensors.at("y:bias");
    QVERIFY(900.0 / static_cast<double>(bias.params.at(0).scale) < std::pow(2.0, 31));
    const auto told = std::find_if((*result)->findings.begin(), (*result)->findings.end(),
                                   [](const Finding &f) { return f.code == "bias-scale-widened"; });
    QVERIFY(told != (*result)->findings.end());
    QCOMPARE(told->detail.str(), std::string("1 weight scale widened so that the bias fits in 32 bits"));
    QVERIFY(syntheticSqnrDb(*model, *(*result)->model) > 40);
}

void tst_StaticInt8::deadChannelKeepsItsBias_data()
{
    QTest::addColumn<QString>("weights");
    QTest::newRow("zero") << "0, 0";
    QTest::newRow("one-of-two") << "0, 1";
    QTest::newRow("nearly-zero") << "1e-37, 1"; // its scale would be no normal number
    QTest::newRow("subnormal-bias-scale") << "-3e-35, 1"; // its scale would be one, but not that of the bias
}

void tst_StaticInt8::deadChannelKeepsItsBias()
{
    QFETCH(QString, weights);
    const QString text = QStringLiteral(R"(g (float[N,1,4,4] x) => (float[N,2,4,4] y)
        <float[2,1,1,1] w = {%1}, float[2] b = {0.0123, -0.0456}> { y = Conv(x, w, b) })")
                             .arg(weights);
    const auto result = quantizeModel(modelFromText(text.toUtf8().constData()), syntheticRecipe("x86-vnni"));
    QVERIFY(result.ok());
    const auto integers = (*result)->model->constant("b_quantized");
    const auto data = (*integers)->data<std::int32_t>();
    const TensorPlan &bias = (*result)->plan.tensors.at("y:bias");
    QVERIFY(std::isnormal(bias.params.at(0).scale));
    QVERIFY(std::abs(static_cast<double>(data[0]) * static_cast<double>(bias.params.at(0).scale) - 0.0123)
            < 1e-6);
    QCOMPARE(static_cast<int>((*(*result)->model->constant("w_quantized"))->data<std::int8_t>()[0]), 0);
    for (const Finding &finding : (*result)->findings)
        QVERIFY2(finding.code != "bias-scale-widened" && finding.code != "scale-subnormal",
                 finding.code.c_str());
}

/// The second layer's bias needs coarser scales than the first's, in a dead channel and in one that is not.
void tst_StaticInt8::sharedWeightsFitEveryBias()
{
    const ModelPtr model = modelFromText(R"(g (float[N,2,4,4] x) => (float[N,2,4,4] y)
        <float[2,2,1,1] w = {0, 0, 0.000001, 0.000002}, float[2] b = {0.1, 0.2}, float[2] c = {7, 900}>
        { t = Conv(x, w, b)  y = Conv(t, w, c) })");
    const auto result = quantizeModel(model, syntheticRecipe("x86-vnni"));
    QVERIFY(result.ok());
    const auto &tensors = (*result)->plan.tensors;
    const TensorPlan &weight = tensors.at("w");
    for (const auto &[input, bias] : {std::pair("x", "t:bias"), std::pair("t", "y:bias")}) {
        const float inputScale = tensors.at(input).params.at(0).scale;
        for (std::size_t c = 0; c < 2; ++c)
            QCOMPARE(tensors.at(bias).params.at(c).scale, inputScale * weight.params.at(c).scale);
    }
    for (const Finding &finding : (*result)->findings)
        QVERIFY2(finding.code != "bias-scale" && finding.code != "bias-saturated", finding.code.c_str());
    QVERIFY(syntheticSqnrDb(*model, *(*result)->model) > 40);
}

void tst_StaticInt8::excludeKeepsFloat()
{
    Recipe recipe = syntheticRecipe("x86-vnni");
    recipe.exclude = {"^t$"}; // unnamed nodes are known by their first output
    const auto result = quantizeModel(modelFromText(R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}, float[1,1,1,1] v = {3}> { t = Conv(x, w)  y = Conv(t, v) })"),
                                      recipe);
    QVERIFY(result.ok());
    QCOMPARE((*result)->plan.nodes.at(0).reason.str(), std::string("excluded"));
    QVERIFY(!(*result)->plan.nodes.at(0).isQuantized() && (*result)->plan.nodes.at(1).isQuantized());
    QCOMPARE(kernelsOf(*(*result)->model), std::string("Conv 1, QLinearConv 1"));
}

void tst_StaticInt8::excludeFollowsFoldedLayers_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("floats"); // layers that are excluded then
    QTest::addColumn<QString>("told"); // of which findings tell
    QTest::newRow("named") << "^bn1$"
                           << "conv1"
                           << "conv1";
    QTest::newRow("unnamed") << "^u$"
                             << "v"
                             << "v"; // Conv u, batch normalization v
    QTest::newRow("by-both-names") << "(conv|bn)1"
                                   << "conv1"
                                   << "";
    QTest::newRow("gone") << "^nothing$"
                          << ""
                          << "";
    QTest::newRow("several") << "^(bn1|u|nothing)$"
                             << "conv1 v"
                             << "conv1 v";
}

void tst_StaticInt8::excludeFollowsFoldedLayers()
{
    QFETCH(QString, pattern);
    QFETCH(QString, floats);
    QFETCH(QString, told);
    const ModelPtr model = modelFromText(R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}, float[1] s = {1.5}, float[1] b = {0.5}, float[1] m = {0}, float[1] q = {1}>
        { [conv1] t = Conv(x, w)  [bn1] r = BatchNormalization(t, s, b, m, q)  [nothing] i = Identity(r)
          u = Conv(i, w)  v = BatchNormalization(u, s, b, m, q)  y = Conv(v, w) })");
    Recipe recipe = syntheticRecipe("x86-vnni");
    recipe.exclude = {pattern.toStdString()};
    const auto result = quantizeModel(model, recipe);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QStringList excluded;
    for (const NodePlan &node : (*result)->plan.nodes) {
        if (node.reason.str() == "excluded")
            excluded << QString::fromStdString(node.layer);
    }
    QCOMPARE(excluded.join(u' '), floats);
    QStringList findings;
    for (const Finding &finding : (*result)->findings) {
        if (finding.code == "excluded-folded")
            findings << QString::fromStdString(finding.subject);
    }
    QCOMPARE(findings.join(u' '), told);
    QCOMPARE((*result)->recipe.exclude, recipe.exclude); // as asked
}

void tst_StaticInt8::excludeWithoutMatchIsAnError()
{
    Recipe recipe = syntheticRecipe("x86-vnni");
    recipe.exclude = {"conv_99"};
    const auto result
        = quantizeModel(modelFromText("g (float[N,4] x) => (float[N,2] y) <float[4,2] w = {1, 2, 3, 4, "
                                      "5, 6, 7, 8}> { y = MatMul(x, w) }"),
                        recipe);
    QVERIFY(!result.ok());
    QCOMPARE(result.error().message(), std::string("exclude 'conv_99': matches no layer"));
}

void tst_StaticInt8::nothingQuantizedIsTold_data()
{
    QTest::addColumn<QString>("body");
    QTest::addColumn<bool>("isTold");
    QTest::newRow("no-such-layer") << "{ y = Relu(x) }" << true;
    QTest::newRow("some") << "<float[1,1,1,1] w> { t = Conv(x, w)  y = Softmax(t) }" << false;
    QTest::newRow("excluded") << "<float[1,1,1,1] w> { [stem] y = Conv(x, w) }" << true;
}

void tst_StaticInt8::nothingQuantizedIsTold()
{
    QFETCH(QString, body);
    QFETCH(bool, isTold);
    const ModelPtr model = modelFromText(
        (QStringLiteral("g (float[N,1,4,4] x) => (float[N,1,4,4] y) ") + body).toUtf8().constData());
    Recipe recipe = syntheticRecipe("x86-vnni");
    if (body.contains(QLatin1String("stem")))
        recipe.exclude = {"stem"};
    const auto result = quantizeModel(model, recipe);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QCOMPARE((*result)->quantizedNodes == 0, isTold);
    QCOMPARE(std::ranges::count((*result)->findings, "nothing-quantized", &Finding::code), isTold ? 1 : 0);
}

void tst_StaticInt8::overrideSetsTheRange()
{
    Recipe recipe = syntheticRecipe("x86-vnni");
    recipe.overrides = {{.tensor = "t", .range = Range {-1.F, 1.55F}, .observer = {}, .keepFloat = false}};
    const auto result = quantizeModel(modelFromText(R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}> { t = Conv(x, w)  y = Conv(t, w) })"),
                                      recipe);
    QVERIFY(result.ok());
    const TensorPlan &plan = (*result)->plan.tensors.at("t");
    QCOMPARE(plan.params.at(0), (ScaleZeroPoint {0.01F, 100}));
    QCOMPARE(plan.reason.str(), std::string("range set by hand"));
}

void tst_StaticInt8::overrideSetsTheRangeOfProbabilities()
{
    const ModelPtr model = modelFromText(R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}> { t = Conv(x, w)  s = Sigmoid(t)  y = Conv(s, w) })");
    Recipe recipe = syntheticRecipe("x86-vnni");
    const auto fixed = quantizeModel(model, recipe);
    QVERIFY(fixed.ok());
    QCOMPARE((*fixed)->plan.tensors.at("s").params.at(0), (ScaleZeroPoint {1.F / 256.F, 0}));

    recipe.overrides = {{.tensor = "s", .range = Range {0.F, 0.51F}, .observer = {}, .keepFloat = false}};
    const auto byHand = quantizeModel(model, recipe);
    QVERIFY(byHand.ok());
    const TensorPlan &plan = (*byHand)->plan.tensors.at("s");
    QCOMPARE(plan.params.at(0), (ScaleZeroPoint {0.51F / 255.F, 0}));
    QCOMPARE(plan.reason.str(), std::string("range set by hand"));

    recipe.overrides = {{.tensor = "s", .range = {}, .observer = "minmax", .keepFloat = false}};
    const auto observed = quantizeModel(model, recipe);
    QVERIFY(observed.ok());
    QCOMPARE((*observed)->plan.tensors.at("s").reason.str(), std::string("minmax over 8 samples"));
}

void tst_StaticInt8::overrideOfUnknownTensorIsAnError()
{
    Recipe recipe = syntheticRecipe("x86-vnni");
    recipe.overrides
        = {{.tensor = "nowhere", .range = Range {-1.F, 1.F}, .observer = {}, .keepFloat = false}};
    const auto result
        = quantizeModel(modelFromText("g (float[N,4] x) => (float[N,2] y) <float[4,2] w = {1, 2, 3, 4, "
                                      "5, 6, 7, 8}> { y = MatMul(x, w) }"),
                        recipe);
    QVERIFY(!result.ok());
    QVERIFY(result.error().code == ErrorCode::NotFound);
}

void tst_StaticInt8::avx2UsesSevenBits()
{
    const auto result = quantizeModel(modelFromText(R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,2] w = {1, -2}> { y = Conv <pads = [0, 0, 0, 1]> (x, w) })"),
                                      syntheticRecipe("x86-avx2"));
    QVERIFY(result.ok());
    const auto integers = (*result)->model->constant("w_quantized");
    const auto data = (*integers)->data<std::int8_t>();
    QCOMPARE(std::vector<int>(data.begin(), data.end()), (std::vector<int> {32, -64}));
}

void tst_StaticInt8::xnnpackIsSigned()
{
    const auto result = quantizeModel(modelFromText(R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}> { t = Conv(x, w)  r = Relu(t)  y = Conv(r, w) })"),
                                      syntheticRecipe("arm-xnnpack"));
    QVERIFY(result.ok());
    const TensorPlan &relu = (*result)->plan.tensors.at("r");
    QVERIFY(relu.scheme.type == DType::Int8);
    QCOMPARE(relu.params.at(0).zeroPoint, -128);
    QCOMPARE(operatorsOf(*(*result)->model).find("Relu"), std::string::npos);
}

void tst_StaticInt8::embeddingTablesAreStoredAsIntegers()
{
    const ModelPtr model = modelFromText(R"(g (int64[N,2] i) => (float[N,2,2] y)
        <float[4,3] table = {127, 1, -2, 3, 127, 5, 6, 7, 127, 1, 2, 3}, float[3,2] w = {1, 2, 3, 4, 5, 6}>
        { e = Gather(table, i)  y = MatMul(e, w) })");
    const auto result = quantizeModel(model, syntheticRecipe("x86-vnni"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QVERIFY((*result)->plan.nodes.at(0).form == NodeForm::IntegerTable);
    QVERIFY(!(*(*result)->model->constant("table")).has_value());
    QVERIFY(syntheticSqnrDb(*model, *(*result)->model) > 30);
}

void tst_StaticInt8::errorsNameTheFile()
{
    const onnx::ModelProto proto = protoFromText(R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}, float zero = {0}> { t = Conv(x, w)  n = Div(zero, zero)  u = Add(t, n)  y = Conv(u, w) })");
    const QTemporaryDir folder;
    const std::string path = folder.filePath("nan.onnx").toStdString();
    QVERIFY(writeFileAtomically(path, proto.SerializeAsString()).ok());
    JobContext job;
    const auto result = quantizeModel(*loadModel(path, job), syntheticRecipe("x86-vnni"));
    QVERIFY(!result.ok());
    QCOMPARE(result.error().message(), path + ": tensor 'u': calibration saw no finite value");
}

void tst_StaticInt8::quantizedModelIsRefused()
{
    const ModelPtr model = modelFromText(
        "g (float[N,4] x) => (float[N,2] y) <float[4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}> { y = MatMul(x, w) }");
    const auto once = quantizeModel(model, syntheticRecipe("x86-vnni"));
    QVERIFY(once.ok());
    const auto twice = quantizeModel((*once)->model, syntheticRecipe("x86-vnni"));
    QVERIFY(!twice.ok());
    QVERIFY(twice.error().detail.find("already quantized") == 0);
    // Also where only the body of an If is.
    const ModelPtr inside = modelFromText(R"(g (bool c, float[1,4] x) => (float[1,4] y)
        <float s = {0.5}, uint8 o = {128}, float[4,4] w>
        { t = MatMul(x, w) y = If (c) <then_branch = a () => (float[1,4] p)
            { q = QuantizeLinear(t, s, o) p = DequantizeLinear(q, s, o) },
            else_branch = b () => (float[1,4] r) { r = Relu(t) }> })");
    const auto refused = quantizeModel(inside, syntheticRecipe("x86-vnni"));
    QVERIFY(!refused.ok());
    QVERIFY(refused.error().detail.find("already quantized") == 0);
}

void tst_StaticInt8::sameRecipeSameBytes()
{
    const ModelPtr model = modelFromText(R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}> { t = Conv(x, w)  r = Relu(t)  y = Conv(r, w) })");
    const auto first = quantizeModel(model, syntheticRecipe("x86-vnni"));
    QVERIFY(first.ok());
    // What the model itself says it was made by, makes it again.
    const auto stored = recipeFromJson(nlohmann::json::parse(*(*first)->model->metadata(kRecipeKey)));
    QVERIFY(stored.ok());
    const auto second = quantizeModel(model, *stored);
    QVERIFY(second.ok());
    QVERIFY(serializeModel(*(*first)->model) == serializeModel(*(*second)->model));
}

QTEST_GUILESS_MAIN(tst_StaticInt8)
#include "tst_staticint8.moc"
