// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/modelrun.h"
#include "tests/support/textmodel.h"

#include <QTest>

using namespace qs;

namespace {
constexpr double kRounding = 1e-5; // float32 sums in another order
}

class tst_PreparingPasses : public QObject
{
    Q_OBJECT

private slots:
    void foldAffine_data();
    void foldAffine();
    void foldAffineLeaves_data();
    void foldAffineLeaves();
    void foldConstants();
    void removeIdentity_data();
    void removeIdentity();
    void deadCode();
    void foldPad_data();
    void foldPad();
    void foldPadLeaves_data();
    void foldPadLeaves();
    void matMulAdd();
    void convToGemm();
    void raiseOpset_data();
    void raiseOpset();
    void oldOpsetIsAnError();
};

void tst_PreparingPasses::foldAffine_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("operators");
    QTest::newRow("conv-bn") << R"(g (float[N,2,4,4] x) => (float[N,3,4,4] y)
        <float[3,2,1,1] w = {1, 2, 3, -4, 5, 6}, float[3] s = {1, 2, -3}, float[3] b = {0.5, 0, 1},
         float[3] m = {0.1, 0.2, 0.3}, float[3] v = {1, 0.25, 4}>
        { t = Conv(x, w)  y = BatchNormalization <epsilon = 0.001> (t, s, b, m, v) })"
                             << "Conv";
    QTest::newRow("grouped-conv-bias-bn") << R"(g (float[N,2,4,4] x) => (float[N,2,4,4] y)
        <float[2,1,1,1] w = {2, -3}, float[2] c = {1, -1}, float[2] s = {1, 2}, float[2] b = {0.5, 0},
         float[2] m = {0.1, 0.2}, float[2] v = {1, 0.25}>
        { t = Conv <group = 2> (x, w, c)  y = BatchNormalization(t, s, b, m, v) })"
                                          << "Conv";
    QTest::newRow("convtranspose-groups-bn") << R"(g (float[N,4,3,3] x) => (float[N,4,3,3] y)
        <float[4,2,1,1] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4] s = {1, 2, 3, 4}, float[4] b = {0.5, 0, 1, 2},
         float[4] m = {0.1, 0.2, 0.3, 0.4}, float[4] v = {1, 0.25, 4, 2}>
        { t = ConvTranspose <group = 2> (x, w)  y = BatchNormalization(t, s, b, m, v) })"
                                             << "ConvTranspose";
    QTest::newRow("gemm-bn") << R"(g (float[N,2] x) => (float[N,3] y)
        <float[3,2] w = {1, 2, 3, -4, 5, 6}, float[3] c = {1, 2, 3}, float[3] s = {1, 2, -3},
         float[3] b = {0.5, 0, 1}, float[3] m = {0.1, 0.2, 0.3}, float[3] v = {1, 0.25, 4}>
        { t = Gemm <transB = 1> (x, w, c)  y = BatchNormalization(t, s, b, m, v) })"
                             << "Gemm";
    QTest::newRow("conv-mul-add-sub-div") << R"(g (float[N,1,4,4] x) => (float[N,2,4,4] y)
        <float[2,1,1,1] w = {2, -3}, float[2,1,1] k = {3, 4}, float[1,2,1,1] a = {1, 2}, float r = {5}, float d = {4}>
        { t = Conv(x, w)  u = Mul(t, k)  v = Add(a, u)  p = Sub(r, v)  y = Div(p, d) })"
                                          << "Conv";
}

void tst_PreparingPasses::foldAffine()
{
    QFETCH(QString, text);
    QFETCH(QString, operators);
    const ModelPtr before = modelFromText(text.toUtf8().constData());
    const PassResult result = runPass(before, "fold-affine");
    QCOMPARE(QString::fromStdString(operatorsOf(*result.model)), operators);
    QVERIFY(result.reports.at(0).changes >= 1);
    QVERIFY2(largestDifference(*before, *result.model) < kRounding * 20,
             "the folded model computes something else");
}

void tst_PreparingPasses::foldAffineLeaves_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("two-readers") << R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y, float[N,1,4,4] z)
        <float[1,1,1,1] w = {2}, float k = {3}> { t = Conv(x, w)  y = Mul(t, k)  z = Relu(t) })";
    QTest::newRow("graph-output") << R"(g (float[N,1,4,4] x) => (float[N,1,4,4] t, float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}, float k = {3}> { t = Conv(x, w)  y = Mul(t, k) })";
    QTest::newRow("per-column-constant") << R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}, float[4] k = {3, 4, 5, 6}> { t = Conv(x, w)  y = Mul(t, k) })";
    QTest::newRow("not-finite") << R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}, float k = {0}> { t = Conv(x, w)  y = Div(t, k) })";
    QTest::newRow("constant-over-value") << R"(g (float[N,1,4,4] x) => (float[N,1,4,4] y)
        <float[1,1,1,1] w = {2}, float k = {3}> { t = Conv(x, w)  y = Div(k, t) })";
}

void tst_PreparingPasses::foldAffineLeaves()
{
    QFETCH(QString, text);
    const ModelPtr before = modelFromText(text.toUtf8().constData());
    const PassResult result = runPass(before, "fold-affine");
    QCOMPARE(operatorsOf(*result.model), operatorsOf(*before));
}

void tst_PreparingPasses::foldConstants()
{
    const ModelPtr before = modelFromText(R"(g (float[N,4] x) => (float[N,2] y)
        <float[8] flat = {1, 2, 3, 4, 5, 6, 7, 8}, int64[2] shape = {4, 2}, int64[1] dims = {2}>
        { w = Reshape(flat, shape)  v = Identity(w)  z = ConstantOfShape <value = float[1] {0.5}> (dims)
          c = Constant <value_float = 2.0> ()  zz = Mul(z, c)  t = MatMul(x, v)  y = Add(t, zz) })");
    const PassResult result = runPass(before, "fold-constants");
    QCOMPARE(operatorsOf(*result.model), std::string("MatMul Add"));
    QCOMPARE(largestDifference(*before, *result.model), 0.0);
}

void tst_PreparingPasses::removeIdentity_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("operators");
    QTest::newRow("chain") << R"(g (float[N,4] x) => (float[N,4] y)
        { a = Neg(x)  b = Identity(a)  c = Dropout(b)  d = Identity(c)  y = Relu(d) })"
                           << "Neg Relu";
    QTest::newRow("two-readers") << R"(g (float[N,4] x) => (float[N,4] y)
        { a = Identity(x)  b = Relu(a)  c = Neg(a)  y = Add(b, c) })"
                                 << "Relu Neg Add";
    QTest::newRow("told-not-to-train")
        << R"(g (float[N,4] x) => (float[N,4] y) <float r = {0.5}, bool no = {0}>
        { a = Dropout(x, r, no)  y = Relu(a) })"
        << "Relu";
    QTest::newRow("told-to-train") << R"(g (float[N,4] x) => (float[N,4] y) <float r = {0}, bool yes = {1}>
        { a = Dropout(x, r, yes)  y = Relu(a) })"
                                   << "Dropout Relu";
    QTest::newRow("mask-is-read") << R"(g (float[N,4] x) => (float[N,4] y)
        { a, m = Dropout(x)  n = Not(m)  c = Cast <to = 1> (n)  y = Add(a, c) })"
                                  << "Dropout Not Cast Add";
    QTest::newRow("mask-is-not-read")
        << R"(g (float[N,4] x) => (float[N,4] y) { a, m = Dropout(x)  y = Relu(a) })"
        << "Relu";
    QTest::newRow("graph-output") << R"(g (float[N,4] x) => (float[N,4] y) { a = Relu(x)  y = Identity(a) })"
                                  << "Relu Identity";
    QTest::newRow("read-in-a-branch") << R"(g (float[N,4] x, bool[1] b) => (float[N,4] y)
        { a = Relu(x)  i = Identity(a)
          y = If(b) <then_branch = t () => (float[N,4] p) { p = Neg(i) },
                     else_branch = e () => (float[N,4] q) { q = Abs(i) }> })"
                                      << "Relu If";
}

void tst_PreparingPasses::removeIdentity()
{
    QFETCH(QString, text);
    QFETCH(QString, operators);
    const ModelPtr before = modelFromText(text.toUtf8().constData());
    const PassResult result = runPass(before, "remove-identity");
    QCOMPARE(QString::fromStdString(operatorsOf(*result.model)), operators);
    QCOMPARE(result.reports.at(0).changes,
             before->graph().nodeCount() - static_cast<int>(result.model->graph().nodeCount()));
    if (before->graph().inputs().size() == 1)
        QCOMPARE(largestDifference(*before, *result.model), 0.0);
    QCOMPARE(runPass(result.model, "remove-identity").reports.at(0).changes, 0);
}

void tst_PreparingPasses::deadCode()
{
    const ModelPtr before
        = modelFromText(R"(g (float[N,4] x) => (float[N,4] y) <float[4] unused = {1, 2, 3, 4}>
        { y = Relu(x)  a = Neg(x)  b = Exp(a) })");
    const PassResult result = runPass(before, "dead-code");
    QCOMPARE(operatorsOf(*result.model), std::string("Relu"));
    QVERIFY(!result.model->graph().initializer("unused"));
    QCOMPARE(result.reports.at(0).changes, 3);
}

void tst_PreparingPasses::foldPad_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("operators");
    const auto row = [](const char *name, const char *body, const char *operators = "Conv") {
        QTest::newRow(name) << QStringLiteral(
                                   "g (float[N,2,5,6] x) => (float[N,C,H,W] y) <float[3,2,3,3] w, "
                                   "float[3] b = {1, 2, 3}, int64[8] p = {0, 0, 1, 2, 0, 0, 3, 1}, "
                                   "int64[8] one = {0, 0, 1, 1, 0, 0, 0, 1}, float zero = {0}> { %1 }")
                                   .arg(QString::fromUtf8(body))
                            << QString::fromUtf8(operators);
    };
    row("conv", "t = Pad(x, p)  y = Conv(t, w, b)");
    row("value-written", "t = Pad <mode = \"constant\"> (x, p, zero)  y = Conv(t, w, b)");
    row("own-pads", "t = Pad(x, p)  y = Conv <pads = [1, 0, 2, 1], strides = [2, 1]> (t, w, b)");
    row("valid", "t = Pad(x, p)  y = Conv <auto_pad = \"VALID\", dilations = [2, 2]> (t, w)");
    row("average", "t = Pad(x, one)  y = AveragePool <kernel_shape = [2, 2]> (t)", "AveragePool");
    row("average-of-padded",
        "t = Pad(x, one)  y = AveragePool <kernel_shape = [3, 3], pads = [1, 1, 1, 1], count_include_pad = "
        "1> "
        "(t)",
        "AveragePool");
    QTest::newRow("sequence") << R"(g (float[N,2,6] x) => (float[N,3,L] y)
        <float[3,2,3] w, int64[6] p = {0, 0, 2, 0, 0, 0}> { t = Pad(x, p)  y = Conv(t, w) })"
                              << "Conv";
}

void tst_PreparingPasses::foldPad()
{
    QFETCH(QString, text);
    QFETCH(QString, operators);
    const ModelPtr before = modelFromText(text.toUtf8().constData());
    const PassResult result = runPass(before, "fold-pad");
    QCOMPARE(QString::fromStdString(operatorsOf(*result.model)), operators);
    QVERIFY(largestDifference(*before, *result.model) < kRounding);
    QCOMPARE(runPass(result.model, "fold-pad").reports.at(0).changes, 0);
}

void tst_PreparingPasses::foldPadLeaves_data()
{
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, const char *body, const char *outputs = "float[N,C,H,W] y") {
        QTest::newRow(name) << QStringLiteral(
                                   "g (float[1,2,5,6] x) => (%2) <float[3,2,3,3] w, float[3,3,3,3] v, "
                                   "int64[8] p = {0, 0, 1, 2, 0, 0, 1, 1}, int64[8] channel = {0, 0, "
                                   "1, 1, 0, 1, 1, 1}, int64[8] less = {0, 0, -1, 0, 0, 0, 1, 1}, "
                                   "float one = {1}> { %1 }")
                                   .arg(QString::fromUtf8(body), QString::fromUtf8(outputs));
    };
    row("reflected", "t = Pad <mode = \"reflect\"> (x, p)  y = Conv(t, w)");
    row("ones", "t = Pad(x, p, one)  y = Conv(t, w)");
    row("channels", "t = Pad(x, channel)  y = Conv(t, v)");
    row("cropped", "t = Pad(x, less)  y = Conv(t, w)");
    row("two-readers", "t = Pad(x, p)  u = Conv(t, w)  s = Conv(t, w)  y = Add(u, s)");
    row("graph-output", "t = Pad(x, p)  y = Conv(t, w)", "float[N,C,H,W] y, float[N,C,H,W] t");
    row("computed", "t = Pad(x, p)  y = Conv <auto_pad = \"SAME_UPPER\"> (t, w)");
    row("largest", "t = Pad(x, p)  y = MaxPool <kernel_shape = [3, 3]> (t)");
    row("average-beyond-the-kernel", "t = Pad(x, p)  y = AveragePool <kernel_shape = [2, 2]> (t)");
    row("average-that-does-not-count",
        "t = Pad(x, p)  y = AveragePool <kernel_shape = [4, 4], pads = [1, 1, 1, 1]> (t)");
    row("average-that-sticks-out",
        "t = Pad(x, p)  y = AveragePool <kernel_shape = [3, 3], strides = [2, 2], ceil_mode = 1> (t)");
}

void tst_PreparingPasses::foldPadLeaves()
{
    QFETCH(QString, text);
    QCOMPARE(runPass(modelFromText(text.toUtf8().constData()), "fold-pad").reports.at(0).changes, 0);
}

void tst_PreparingPasses::matMulAdd()
{
    const ModelPtr before = modelFromText(R"(g (float[N,4] x) => (float[N,2] y)
        <float[4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[1,2] b = {0.5, -1}> { t = MatMul(x, w)  y = Add(t, b) })");
    const PassResult result = runPass(before, "matmul-add");
    QCOMPARE(operatorsOf(*result.model), std::string("Gemm"));
    QVERIFY(largestDifference(*before, *result.model) < kRounding);

    const ModelPtr rank3 = modelFromText(R"(g (float[N,3,4] x) => (float[N,3,2] y)
        <float[4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[2] b = {0.5, -1}> { t = MatMul(x, w)  y = Add(t, b) })");
    QCOMPARE(operatorsOf(*runPass(rank3, "matmul-add").model), std::string("MatMul Add"));
}

void tst_PreparingPasses::convToGemm()
{
    const ModelPtr before = modelFromText(R"(g (float[N,2,4,4] x) => (float[N,3] y)
        <float[3,2,1,1] w = {1, 2, 3, 4, 5, 6}, float[3] b = {0.5, -1, 2}>
        { p = GlobalAveragePool(x)  t = Conv(p, w, b)  y = Flatten(t) })");
    const PassResult result = runPass(before, "conv-to-gemm");
    QCOMPARE(operatorsOf(*result.model), std::string("GlobalAveragePool Flatten Gemm"));
    QVERIFY(largestDifference(*before, *result.model) < kRounding);

    const ModelPtr wide = modelFromText(R"(g (float[N,2,4,4] x) => (float[N,48] y)
        <float[3,2,1,1] w = {1, 2, 3, 4, 5, 6}> { t = Conv(x, w)  y = Flatten(t) })");
    QCOMPARE(operatorsOf(*runPass(wide, "conv-to-gemm").model), std::string("Conv Flatten"));
}

void tst_PreparingPasses::raiseOpset_data()
{
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, int opset, const char *body) {
        QTest::newRow(name) << QStringLiteral("<ir_version: 6, opset_import: [\"\" : %1]> g %2")
                                   .arg(opset)
                                   .arg(QString::fromUtf8(body));
    };
    row("clip-attributes", 9, "(float[N,4] x) => (float[N,4] y) { y = Clip <min = -0.5, max = 0.25> (x) }");
    row("clip-one-sided", 10, "(float[N,4] x) => (float[N,4] y) { y = Clip <max = 0.25> (x) }");
    row("pad", 10, "(float[2,4] x) => (float[3,6] y) { y = Pad <pads = [1, 0, 0, 2], value = 3.0> (x) }");
    row("slice", 9,
        "(float[2,4] x) => (float[2,2] y) { y = Slice <starts = [1], ends = [3], axes = [1]> (x) }");
    row("squeeze", 11,
        "(float[2,1,4] x) => (float[2,4,1] y) { t = Squeeze <axes = [1]> (x)  y = Unsqueeze <axes = [2]> (t) "
        "}");
    row("split-sum", 11,
        "(float[2,4] x) => (float[2,1] y, float[2,3] b) { a, b = Split <axis = 1, split = [1, 3]> (x)"
        "  y = ReduceSum <axes = [1], keepdims = 1> (a) }");
    row("softmax-last", 11, "(float[2,4] x) => (float[2,4] y) { y = Softmax <axis = 1> (x) }");
    row("softmax-flattened", 11, "(float[2,3,4] x) => (float[2,3,4] y) { y = Softmax <axis = 1> (x) }");
    row("softmax-default", 7, "(float[2,3,4] x) => (float[2,3,4] y) { y = Softmax (x) }");
    row("dropout", 7, "(float[2,4] x) => (float[2,4] y) { t = Dropout <ratio = 0.3> (x)  y = Relu(t) }");
    row("upsample-7", 7,
        "(float[1,1,2,2] x) => (float[1,1,4,4] y) { y = Upsample <mode = \"nearest\", scales = [1.0, 1.0, "
        "2.0, 2.0]> (x) }");
    row("upsample-9", 9,
        "(float[1,1,2,2] x) => (float[1,1,4,4] y) <float[4] s = {1.0, 1.0, 2.0, 2.0}> { y = Upsample <mode = "
        "\"linear\"> (x, s) }");
    row("resize-10", 10,
        "(float[1,1,2,2] x) => (float[1,1,4,6] y) <float[4] s = {1.0, 1.0, 2.0, 3.0}> { y = Resize <mode = "
        "\"nearest\"> (x, s) }");
}

void tst_PreparingPasses::raiseOpset()
{
    QFETCH(QString, text);
    const ModelPtr before = modelFromText(text.toUtf8().constData());
    const PassResult result = runPass(before, "raise-opset");
    QCOMPARE(result.model->opset(), std::int64_t {13});
    QCOMPARE(result.reports.at(0).findings.at(0).code, std::string("opset-raised"));
    QVERIFY(largestDifference(*before, *result.model) < kRounding);
}

void tst_PreparingPasses::oldOpsetIsAnError()
{
    const ModelPtr model = modelFromText(
        "<ir_version: 3, opset_import: [\"\" : 6]> g (float[N,4] x) => (float[N,4] y) { y = Relu(x) }");
    JobContext job;
    const ShapeMap shapes;
    const auto result = runPasses(model, builtinPasses(), PassPhase::Prepare, {shapes}, job);
    QVERIFY(!result.ok());
    QVERIFY(result.error().code == ErrorCode::Unsupported);
}

QTEST_GUILESS_MAIN(tst_PreparingPasses)
#include "tst_preparingpasses.moc"
