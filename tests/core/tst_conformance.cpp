// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which patterns of quantizers ONNX Runtime turns into integer kernels: the rules that placement, passes and
// checks rest on, held against the graph the runtime really makes (1.30.0, x64). tst_staticint8 and
// tst_dynamicint8 have the patterns that the studio writes; these are the ones that other tools write, good
// and bad.
#include "core/model/modelio.h"
#include "tests/support/modelrun.h"
#include "tests/support/quantizerun.h"
#include "tests/support/runtimeversion.h"
#include "tests/support/textmodel.h"

#include <QTemporaryDir>
#include <QTest>

#include <onnx/onnx_pb.h>

using namespace qs;

namespace {

// Grids and weights that the rows share. Scales are powers of two, so that products of scales are exact.
constexpr const char *kConstants = R"(float s = {0.0625}, uint8 z = {128}, uint8 z0 = {0}, float s2 = {0.125},
    int8[3,3,1,1] w = {64, 3, -5, 7, -64, 1, 2, -9, 64}, float[3] ws = {0.0625, 0.125, 0.25}, int8[3] wz = {0, 0, 0},
    int32[3] b = {100, -50, 7}, float[3] bs = {0.00390625, 0.0078125, 0.015625})";
// x, float → d, dequantized; dw and db: weights and bias.
constexpr const char *kIn
    = "q = QuantizeLinear(x, s, z) d = DequantizeLinear(q, s, z) dw = DequantizeLinear<axis = "
      "0>(w, ws, wz) db = DequantizeLinear<axis = 0>(b, bs)";
constexpr const char *kOut = "qy = QuantizeLinear(t, s2, z) y = DequantizeLinear(qy, s2, z)";

/// Known of 1.30; 1.21 does otherwise.
constexpr const char *kNew = "an older ONNX Runtime fuses or computes this differently";

/// Whether the current row is one of \a rows and the runtime too old for it.
bool isNew(const QByteArrayList &rows)
{
    return rows.contains(QTest::currentDataTag()) && isRuntimeOlderThan(30);
}

} // namespace

class tst_Conformance : public QObject
{
    Q_OBJECT

private slots:
    void convolutions_data();
    void convolutions();
    void moves_data();
    void moves();
    void matrices_data();
    void matrices();
    void matricesOfMoreDimensions_data();
    void matricesOfMoreDimensions();
    void operatorsOfNewerOpsets_data();
    void operatorsOfNewerOpsets();
    void levelsOfOptimization();
    void outputsOfTheModel_data();
    void outputsOfTheModel();
    void sequencesConvolveInIntegers();
    void wrongBiasScaleChangesTheResult();
    void wrongAxisLoadsSilently();
    void sixteenBitsRunInFloat_data();
    void sixteenBitsRunInFloat();
    void signedConvIntegerLoads();
    void tableBehindGatherStaysInteger();
    void blocksOfFourBitsFuse_data();
    void blocksOfFourBitsFuse();
};

void tst_Conformance::convolutions_data()
{
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("more");
    QTest::addColumn<QString>("kernels");
    const auto row = [](const char *name, const char *body, const char *kernels, const char *more = "") {
        QTest::newRow(name) << QString::fromUtf8(body) << QString::fromUtf8(more)
                            << QString::fromUtf8(kernels);
    };
    row("conv", "t = Conv(d, dw, db) OUT", "QLinearConv 1");
    row("no-bias", "t = Conv(d, dw) OUT", "QLinearConv 1");
    row("depthwise", "ew = DequantizeLinear<axis = 0>(gw, ws, wz) t = Conv<group = 3>(d, ew, db) OUT",
        "QLinearConv 1", ", int8[3,1,1,1] gw = {64, -9, 5}");
    row("unsigned-weights", "ew = DequantizeLinear<axis = 0>(uw, ws, uz) t = Conv(d, ew, db) OUT",
        "QLinearConv 1",
        ", uint8[3,3,1,1] uw = {1, 2, 3, 200, 5, 6, 7, 255, 9}, uint8[3] uz = {128, 128, 128}");
    row("float-bias", "t = Conv(d, dw, fb) OUT", "QLinearConv 1", ", float[3] fb = {1, 2, 3}");
    row("weight-behind-pair",
        "qw = QuantizeLinear<axis = 0>(fw, ws, wz) ew = DequantizeLinear<axis = 0>(qw, ws, wz) t "
        "= Conv(d, ew, db) OUT",
        "QLinearConv 1", ", float[3,3,1,1] fw = {1, 0.5, 0.25, 1, 2, 3, 4, 5, 6}");
    row("wrong-bias-scale", "eb = DequantizeLinear<axis = 0>(b, ws) t = Conv(d, dw, eb) OUT", "Conv 1");
    row("no-quantizer-behind", "y = Conv(d, dw, db)", "Conv 1");
    row("read-by-float-too",
        "t = Conv(d, dw, db) e = Exp(t) qt = QuantizeLinear(t, s2, z) dt = DequantizeLinear(qt, "
        "s2, z) y = Mul(e, dt)",
        "Conv 1, Exp 1, Mul 1");
    row("two-quantizers",
        "t = Conv(d, dw, db) q1 = QuantizeLinear(t, s2, z) d1 = DequantizeLinear(q1, s2, z) q2 = "
        "QuantizeLinear(t, s, z) d2 = DequantizeLinear(q2, s, z) y = Sub(d1, d2)",
        "Conv 1, Sub 1");
    row("relu-at-the-end-of-the-grid",
        "c = Conv(d, dw, db) t = Relu(c) qy = QuantizeLinear(t, s2, z0) y = "
        "DequantizeLinear(qy, s2, z0)",
        "QLinearConv 1");
    row("signed-relu-at-the-end-of-the-grid",
        "q1 = QuantizeLinear(x, s, n) d1 = DequantizeLinear(q1, s, n) c = Conv(d1, dw, db) t = Relu(c) q2 = "
        "QuantizeLinear(t, s2, n) y = DequantizeLinear(q2, s2, n)",
        "QLinearConv 1", ", int8 n = {-128}");
    row("signed-relu-in-the-middle",
        "q1 = QuantizeLinear(x, s, n) d1 = DequantizeLinear(q1, s, n) c = Conv(d1, dw, db) t = Relu(c) q2 = "
        "QuantizeLinear(t, s2, n) y = DequantizeLinear(q2, s2, n)",
        "com.microsoft.FusedConv 1", ", int8 n = {0}");
    row("relu-in-the-middle", "c = Conv(d, dw, db) t = Relu(c) OUT", "com.microsoft.FusedConv 1");
    row("clip-within-the-grid",
        "c = Conv(d, dw, db) t = Clip(c, lo, hi) qy = QuantizeLinear(t, s6, z0) y = "
        "DequantizeLinear(qy, s6, z0)",
        "QLinearConv 1", ", float lo = {0}, float hi = {6}, float s6 = {0.0234375}");
    row("clip-inside-a-wider-grid",
        "c = Conv(d, dw, db) t = Clip(c, lo, hi) qy = QuantizeLinear(t, s2, z0) y = "
        "DequantizeLinear(qy, s2, z0)",
        "com.microsoft.FusedConv 1", ", float lo = {0}, float hi = {6}");
    row("sigmoid-without-inner-pair", "c = Conv(d, dw, db) t = Sigmoid(c) OUT", "com.microsoft.FusedConv 1");
    row("leaky-relu-without-inner-pair", "c = Conv(d, dw, db) t = LeakyRelu(c) OUT",
        "com.microsoft.FusedConv 1");
    row("hard-sigmoid-without-inner-pair", "c = Conv(d, dw, db) t = HardSigmoid(c) OUT",
        "com.microsoft.FusedConv 1");
    row("swish-without-inner-pair", "c = Conv(d, dw, db) g = Sigmoid(c) t = Mul(c, g) OUT",
        "Conv 1, com.microsoft.QuickGelu 1");
    row("hard-swish-without-inner-pair",
        "c = Conv(d, dw, db) g = HardSigmoid<alpha = 0.16666667>(c) t = Mul(c, g) OUT",
        "Conv 1, HardSigmoid 1, Mul 1");
    row("squeeze-and-excite",
        "p = GlobalAveragePool(d) qp = QuantizeLinear(p, s, z) dp = DequantizeLinear(qp, s, z) c = Conv(dp, "
        "dw, db) qc = QuantizeLinear(c, s2, z) dc = DequantizeLinear(qc, s2, z) g = Sigmoid(dc) qg = "
        "QuantizeLinear(g, sg, z0) dg = DequantizeLinear(qg, sg, z0) t = Mul(d, dg) OUT",
        "QLinearConv 1, com.microsoft.QLinearGlobalAveragePool 1, com.microsoft.QLinearMul 1, "
        "com.microsoft.QLinearSigmoid 1",
        ", float sg = {0.00390625}");
    row("silu",
        "c = Conv(d, dw, db) qc = QuantizeLinear(c, s2, z) dc = DequantizeLinear(qc, s2, z) g = Sigmoid(dc) "
        "qg "
        "= QuantizeLinear(g, sg, z0) dg = DequantizeLinear(qg, sg, z0) t = Mul(dc, dg) OUT",
        "QLinearConv 1, com.microsoft.QLinearMul 1, com.microsoft.QLinearSigmoid 1",
        ", float sg = {0.00390625}");
    row("softmax", "t = Softmax<axis = 1>(d) OUT", "com.microsoft.QLinearSoftmax 1");
    row("average-pool", "t = AveragePool<kernel_shape = [1, 1]>(d) OUT",
        "com.microsoft.QLinearAveragePool 1");
    row("mul", "t = Mul(d, d) OUT", "com.microsoft.QLinearMul 1");
    row("where", "c = Greater(x, x) t = Where(c, d, d) OUT", "Greater 1, com.microsoft.QLinearWhere 1");
    row("div", "t = Div(d, d) OUT", "Div 1");
    row("max", "t = Max(d, d) OUT", "Max 1");
    row("reduce-mean", "t = ReduceMean<axes = [1]>(d) OUT", "ReduceMean 1");
    row("pad", "t = Pad(d, p) OUT", "Pad 1", ", int64[8] p = {0, 0, 1, 1, 0, 0, 1, 1}");
    row("instance-norm", "t = InstanceNormalization(d, i, i) OUT", "InstanceNormalization 1",
        ", float[3] i = {1, 2, 3}");
    row("conv-transpose", "t = ConvTranspose(d, dw) OUT", "ConvTranspose 1");
    row("batch-norm-behind-conv",
        "c = Conv(d, dw, db) qc = QuantizeLinear(c, s2, z) dc = DequantizeLinear(qc, s2, z) t = "
        "BatchNormalization(dc, i, i, i, i) OUT",
        "BatchNormalization 1, QLinearConv 1", ", float[3] i = {1, 2, 3}");
    row("erf-gelu-with-a-pair-before-it",
        "e = Div(d, r) f = Erf(e) g = Add(f, one) h = Mul(d, g) t = Mul(h, half) OUT",
        "Add 1, Div 1, Erf 1, Mul 2", ", float r = {1.41421}, float one = {1}, float half = {0.5}");
    row("signed-activations-with-one-reader",
        "q1 = QuantizeLinear(x, s, n) d1 = DequantizeLinear(q1, s, n) t = Conv(d1, dw, db) q2 = "
        "QuantizeLinear(t, s2, "
        "n) y = DequantizeLinear(q2, s2, n)",
        "QLinearConv 1", ", int8 n = {0}");
    row("signed-activations-with-two-readers",
        "q1 = QuantizeLinear(x, s, n) d1 = DequantizeLinear(q1, s, n) t = Conv(d1, dw, db) u = Conv(d1, dw, "
        "db) q2 = "
        "QuantizeLinear(t, s2, n) d2 = DequantizeLinear(q2, s2, n) q3 = QuantizeLinear(u, s2, n) d3 = "
        "DequantizeLinear(q3, s2, n) y = Sub(d2, d3)",
        "Conv 2, Sub 1", ", int8 n = {0}");
    for (const char *op : {"HardSigmoid", "Tanh", "Erf", "Relu"})
        row(op, (std::string("t = ") + op + "(d) OUT").c_str(), (std::string(op) + " 1").c_str());
    row("global-average", "t = GlobalAveragePool(d) OUT", "com.microsoft.QLinearGlobalAveragePool 1");
    row("leaky-relu", "t = LeakyRelu(d) OUT", "com.microsoft.QLinearLeakyRelu 1");
    row("add", "t = Add(d, d) OUT", "com.microsoft.QLinearAdd 1");
    row("add-one-float-operand", "t = Add(d, x) OUT", "Add 1");
    row("add-float-result", "y = Add(d, d)", "Add 1");
    row("mul-one-float-operand", "t = Mul(d, x) OUT", "Mul 1");
    row("concat-one-float-operand", "t = Concat<axis = 1>(d, x) OUT", "Concat 1");
    row("sub", "t = Sub(d, d) OUT", "Sub 1");
    row("concat-of-two-grids",
        "q1 = QuantizeLinear(x, s2, z) d1 = DequantizeLinear(q1, s2, z) t = Concat<axis = 1>(d, "
        "d1) OUT",
        "com.microsoft.QLinearConcat 1");
    row("weights-on-float-input", "y = Conv(x, dw)", "Conv 1");
    row("unequal-weight-zero-points", "ew = DequantizeLinear<axis = 0>(w, ws, uz) t = Conv(d, ew, db) OUT",
        "QLinearConv 1", ", int8[3] uz = {0, 1, 2}");
}

void tst_Conformance::convolutions()
{
    if (isNew({"wrong-bias-scale"}))
        QSKIP(kNew);
    QFETCH(QString, body);
    QFETCH(QString, more);
    QFETCH(QString, kernels);
    body.replace(QStringLiteral("OUT"), QString::fromUtf8(kOut));
    const QString text = QStringLiteral("g (float[N,3,H,W] x) => (float[A,B,C,D] y) <%1%2> { %3 %4 }")
                             .arg(QString::fromUtf8(kConstants), more, QString::fromUtf8(kIn), body);
    QCOMPARE(QString::fromStdString(kernelsOf(*modelFromText(text.toUtf8().constData()))), kernels);
}

void tst_Conformance::moves_data()
{
    QTest::addColumn<QString>("node");
    QTest::addColumn<bool>("runsOnIntegers"); ///< when both sides have one grid; never otherwise
    const auto row = [](const char *name, const char *node, bool runsOnIntegers = true) {
        QTest::newRow(name) << QString::fromUtf8(node) << runsOnIntegers;
    };
    row("MaxPool", "MaxPool<kernel_shape = [2, 2]>(d)");
    row("Transpose", "Transpose<perm = [0, 2, 3, 1]>(d)");
    row("Reshape", "Reshape(d, shape)");
    row("Flatten", "Flatten(d)");
    row("Slice", "Slice(d, starts, ends, axes)");
    row("Unsqueeze", "Unsqueeze(d, axes)");
    row("ReduceMax", "ReduceMax<axes = [1]>(d)");
    row("DepthToSpace", "DepthToSpace<blocksize = 2>(d)");
    row("Gather", "Gather<axis = 1>(d, starts)");
    row("Squeeze", "Squeeze(d, first)");
    row("Expand", "Expand(d, twice)");
    row("Tile", "Tile(d, twice)");
    row("ReduceMin", "ReduceMin<axes = [1]>(d)");
    row("Split", "Split<axis = 1>(d, whole)");
    row("Resize-nearest", "Resize<mode = \"nearest\">(d, , scales)");
    row("Resize-linear", "Resize<mode = \"linear\">(d, , scales)", false);
}

void tst_Conformance::moves()
{
    if (isNew({"Resize-linear"}))
        QSKIP(kNew);
    QFETCH(QString, node);
    QFETCH(bool, runsOnIntegers);
    const auto pairsAround = [&](const char *scale) {
        const QString text
            = QStringLiteral(
                  "g (float[1,4,4,4] x) => (float[A] y) <float s = {0.0625}, float s2 = {0.125}, uint8 z = "
                  "{128}, int64[2] shape = {4, 16}, int64[1] starts = {1}, int64[1] ends = {3}, int64[1] "
                  "axes = {1}, int64[1] first = {0}, int64[4] twice = {2, 1, 1, 1}, int64[1] whole = {4}, "
                  "float[4] "
                  "scales = {1, 1, 2, 2}> { q = QuantizeLinear(x, s, z) d = "
                  "DequantizeLinear(q, s, z) t = %1 qy = QuantizeLinear(t, %2, z) y = DequantizeLinear(qy, "
                  "%2, z) }")
                  .arg(node, QString::fromUtf8(scale));
        onnx::ModelProto proto = protoFromText(text.toUtf8().constData());
        proto.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->clear_shape();
        const auto model = Model::create(std::make_unique<onnx::ModelProto>(std::move(proto)));
        // Pairs that were dropped leave one Q and one DQ, the borders of the model.
        const auto operators = optimizedOperators(*makeOnnxRuntimeEngine(), **model, Optimization::Extended);
        return operators.ok() ? operators->at("QuantizeLinear") : -1;
    };
    QCOMPARE(pairsAround("s"), runsOnIntegers ? 1 : 2);
    QCOMPARE(pairsAround("s2"), 2);
}

void tst_Conformance::matrices_data()
{
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("kernels");
    const auto row = [](const char *name, const char *body, const char *kernels) {
        QTest::newRow(name) << QString::fromUtf8(body) << QString::fromUtf8(kernels);
    };
    row("matmul-quantized", "t = MatMul(d, dw) OUT", "QLinearMatMul 1");
    row("matmul-float-out", "y = MatMul(d, dw)", "com.microsoft.MatMulIntegerToFloat 1");
    row("matmul-add-quantized", "m = MatMul(d, dw) t = Add(m, fb) OUT", "com.microsoft.QGemm 1");
    row("matmul-add-float-out", "m = MatMul(d, dw) y = Add(m, fb)", "Gemm 1");
    row("gemm", "t = Gemm(d, dw, db) OUT", "com.microsoft.QGemm 1");
    row("gemm-float-out", "y = Gemm(d, dw, db)", "com.microsoft.QGemm 1");
    row("gemm-beta", "t = Gemm<beta = 0.5>(d, dw, db) OUT", "Gemm 1");
    row("weight-only", "y = MatMul(x, dw)", "com.microsoft.MatMulNBits 1");
    row("dynamic",
        "q8, qs, qz = DynamicQuantizeLinear(x) m = MatMulInteger(q8, w, qz) c = Cast<to = 1>(m) p = Mul(qs, "
        "ws) y = "
        "Mul(c, p)",
        "com.microsoft.DynamicQuantizeMatMul 1");
}

void tst_Conformance::matrices()
{
    if (isNew({"matmul-add-float-out", "weight-only"}))
        QSKIP(kNew);
    QFETCH(QString, body);
    QFETCH(QString, kernels);
    body.replace(QStringLiteral("OUT"), QString::fromUtf8(kOut));
    const QString text
        = QStringLiteral(
              "g (float[N,3] x) => (float[N,3] y) <float s = {0.0625}, uint8 z = {128}, float s2 = {0.125}, "
              "int8[3,3] w = {64, 3, -5, 7, -64, 1, 2, -9, 64}, float[3] ws = {0.0625, 0.125, 0.25}, "
              "int8[3] wz = {0, 0, 0}, int32[3] b = {100, -50, 7}, float[3] bs = {0.00390625, 0.0078125, "
              "0.015625}, float[3] fb = {1, 2, 3}> { q = QuantizeLinear(x, s, z) d = DequantizeLinear(q, s, "
              "z) dw = DequantizeLinear<axis = 1>(w, ws, wz) db = DequantizeLinear<axis = 0>(b, bs) %1 }")
              .arg(body);
    QCOMPARE(QString::fromStdString(kernelsOf(*modelFromText(text.toUtf8().constData()))), kernels);
}

/// MatMul of three dimensions with an Add behind it: the runtime merges the two into a Gemm only where every
/// dimension is known, and then only with a bias of one dimension.
void tst_Conformance::matricesOfMoreDimensions_data()
{
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("open"); ///< kernels when a dimension is
    QTest::addColumn<QString>("fixed");
    const auto row = [](const char *name, const char *body, const char *open, const char *fixed) {
        QTest::newRow(name) << QString::fromUtf8(body) << QString::fromUtf8(open) << QString::fromUtf8(fixed);
    };
    constexpr const char *kApart = "Add 1, com.microsoft.MatMulIntegerToFloat 1";
    row("float-out", "y = MatMul(d, dw)", "com.microsoft.MatMulIntegerToFloat 1",
        "com.microsoft.MatMulIntegerToFloat 1");
    row("quantized", "t = MatMul(d, dw) OUT", "QLinearMatMul 1", "QLinearMatMul 1");
    row("bias-float-out", "m = MatMul(d, dw) y = Add(m, fb)", kApart, "Gemm 1, Reshape 2");
    row("bias-quantized", "m = MatMul(d, dw) t = Add(m, fb) OUT", kApart, "Reshape 2, com.microsoft.QGemm 1");
    row("bias-apart", "m = MatMul(d, dw) y = Add(m, wide)", kApart, kApart);
    row("bias-apart-quantized", "m = MatMul(d, dw) t = Add(m, wide) OUT", kApart, kApart);
    constexpr const char *kGelu
        = "e = Div(a, r) f = Erf(e) g = Add(f, one) h = Mul(a, g) t = Mul(h, half) OUT";
    row("gelu", (std::string("m = MatMul(d, dw) a = Add(m, fb) ") + kGelu).c_str(),
        "com.microsoft.BiasGelu 1, com.microsoft.MatMulIntegerToFloat 1",
        "Gemm 1, Reshape 2, com.microsoft.Gelu 1");
    row("gelu-apart", (std::string("m = MatMul(d, dw) a = Add(m, wide) ") + kGelu).c_str(),
        "Add 1, com.microsoft.Gelu 1, com.microsoft.MatMulIntegerToFloat 1",
        "Add 1, com.microsoft.Gelu 1, com.microsoft.MatMulIntegerToFloat 1");
}

void tst_Conformance::matricesOfMoreDimensions()
{
    if (isRuntimeOlderThan(30))
        QSKIP(kNew);
    QFETCH(QString, body);
    QFETCH(QString, open);
    QFETCH(QString, fixed);
    body.replace(QStringLiteral("OUT"), QString::fromUtf8(kOut));
    const auto kernels = [&](const char *shape) {
        const QString text
            = QStringLiteral(
                  "g (float[%1,4,3] x) => (float[%1,4,3] y) <float s = {0.0625}, uint8 z = {128}, float s2 = "
                  "{0.125}, int8[3,3] w = {64, 3, -5, 7, -64, 1, 2, -9, 64}, float[3] ws = {0.0625, 0.125, "
                  "0.25}, int8[3] wz = {0, 0, 0}, float[3] fb = {1, 2, 3}, float[1,1,3] wide = {1, 2, 3}, "
                  "float r = {1.4142135}, float one = {1}, float half = {0.5}> { q = QuantizeLinear(x, s, z) "
                  "d "
                  "= DequantizeLinear(q, s, z) dw = DequantizeLinear<axis = 1>(w, ws, wz) %2 }")
                  .arg(QString::fromUtf8(shape), body);
        return QString::fromStdString(kernelsOf(*modelFromText(text.toUtf8().constData())));
    };
    QCOMPARE(kernels("N"), open);
    QCOMPARE(kernels("2"), fixed);
}

void tst_Conformance::operatorsOfNewerOpsets_data()
{
    QTest::addColumn<int>("opset");
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("kernels");
    QTest::newRow("hard-swish") << 14 << "t = HardSwish(d) OUT"
                                << "HardSigmoid 1, Mul 1";
    QTest::newRow("hard-swish-without-inner-pair") << 14 << "c = Conv(d, dw, db) t = HardSwish(c) OUT"
                                                   << "Conv 1, HardSigmoid 1, Mul 1";
    QTest::newRow("layer-norm") << 17 << "t = LayerNormalization<axis = 1>(d, i, i) OUT"
                                << "LayerNormalization 1";
    QTest::newRow("gelu-with-a-pair-before-it") << 20 << "t = Gelu(d) OUT"
                                                << "Gelu 1";
}

void tst_Conformance::operatorsOfNewerOpsets()
{
    QFETCH(int, opset);
    QFETCH(QString, body);
    QFETCH(QString, kernels);
    body.replace(QStringLiteral("OUT"), QString::fromUtf8(kOut));
    const QString text = QStringLiteral("<ir_version: 8, opset_import: [\"\" : %1]> g (float[1,3,2,2] x) => "
                                        "(float[1,3,2,2] y) <%2, float[3,2,2] i> { %3 %4 }")
                             .arg(opset)
                             .arg(QString::fromUtf8(kConstants), QString::fromUtf8(kIn), body);
    QCOMPARE(QString::fromStdString(kernelsOf(*modelFromText(text.toUtf8().constData()))), kernels);
}

/// Nothing is fused at the basic level; the highest one keeps channels last for the integer kernels, between
/// transpositions.
void tst_Conformance::levelsOfOptimization()
{
    const QString text
        = QStringLiteral("g (float[1,3,8,8] x) => (float[1,3,8,8] y) <%1> { %2 t = Conv(d, dw, db) %3 }")
              .arg(QString::fromUtf8(kConstants), QString::fromUtf8(kIn), QString::fromUtf8(kOut));
    const ModelPtr model = modelFromText(text.toUtf8().constData());
    const auto engine = makeOnnxRuntimeEngine();
    const auto basic = optimizedOperators(*engine, *model, Optimization::Basic);
    const auto extended = optimizedOperators(*engine, *model, Optimization::Extended);
    const auto all = optimizedOperators(*engine, *model, Optimization::All);
    QVERIFY(basic.ok() && extended.ok() && all.ok());
    QCOMPARE(basic->at("Conv"), 1);
    QVERIFY(!basic->contains("QLinearConv"));
    QCOMPARE(extended->at("QLinearConv"), 1);
    QVERIFY(!extended->contains("Transpose"));
    QCOMPARE(all->at("com.microsoft.QLinearConv"), 1);
    QCOMPARE(all->at("Transpose"), 2);
}

/// Outputs of the model belong behind a DequantizeLinear, or are the integers themselves.
void tst_Conformance::outputsOfTheModel_data()
{
    QTest::addColumn<QString>("outputs");
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("kernels");
    const auto row = [](const char *name, const char *outputs, const char *body, const char *kernels) {
        QTest::newRow(name) << QString::fromUtf8(outputs) << QString::fromUtf8(body)
                            << QString::fromUtf8(kernels);
    };
    row("float-value-as-well", "float[N,3,H,W] y, float[N,3,H,W] t", "t = Conv(d, dw, db) OUT", "Conv 1");
    row("integers", "uint8[N,3,H,W] y", "t = Conv(d, dw, db) y = QuantizeLinear(t, s2, z)", "QLinearConv 1");
}

void tst_Conformance::outputsOfTheModel()
{
    QFETCH(QString, outputs);
    QFETCH(QString, body);
    QFETCH(QString, kernels);
    body.replace(QStringLiteral("OUT"), QString::fromUtf8(kOut));
    const QString text = QStringLiteral("g (float[N,3,H,W] x) => (%1) <%2> { %3 %4 }")
                             .arg(outputs, QString::fromUtf8(kConstants), QString::fromUtf8(kIn), body);
    QCOMPARE(QString::fromStdString(kernelsOf(*modelFromText(text.toUtf8().constData()))), kernels);
}

void tst_Conformance::sequencesConvolveInIntegers()
{
    QCOMPARE(kernelsOf(*modelFromText(R"(g (float[N,2,L] x) => (float[N,1,L] y)
        <float s = {0.0625}, uint8 z = {128}, int8[1,2,3] w = {1, -2, 3, -4, 5, 6}, float[1] ws = {0.5}, int8[1] wz = {0}>
        { q = QuantizeLinear(x, s, z) d = DequantizeLinear(q, s, z) dw = DequantizeLinear<axis = 0>(w, ws, wz)
          t = Conv<pads = [1, 1]>(d, dw) r = QuantizeLinear(t, s, z) y = DequantizeLinear(r, s, z) })")),
             std::string("QLinearConv 1"));
}

/// Unfused on 1.30; older runtimes fused it and took the wrong bias. The studio must never write it.
void tst_Conformance::wrongBiasScaleChangesTheResult()
{
    const QString right
        = QStringLiteral("g (float[1,3,2,2] x) => (float[1,3,2,2] y) <%1> { %2 t = Conv(d, dw, db) %3 }")
              .arg(QString::fromUtf8(kConstants), QString::fromUtf8(kIn), QString::fromUtf8(kOut));
    QString wrong = right;
    wrong.replace(QStringLiteral("(b, bs)"), QStringLiteral("(b, ws)"));
    QVERIFY(largestDifference(*modelFromText(right.toUtf8().constData()),
                              *modelFromText(wrong.toUtf8().constData()))
            > 1);
}

/// No shape tells, where a weight has as many inputs as outputs: `axis` must always be written and right.
void tst_Conformance::wrongAxisLoadsSilently()
{
    const QString right
        = QStringLiteral("g (float[1,3,2,2] x) => (float[1,3,2,2] y) <%1> { %2 t = Conv(d, dw, db) %3 }")
              .arg(QString::fromUtf8(kConstants), QString::fromUtf8(kIn), QString::fromUtf8(kOut));
    QString wrong = right;
    wrong.replace(QStringLiteral("dw = DequantizeLinear<axis = 0>"),
                  QStringLiteral("dw = DequantizeLinear<axis = 1>"));
    QVERIFY(largestDifference(*modelFromText(right.toUtf8().constData()),
                              *modelFromText(wrong.toUtf8().constData()))
            > 0.1);
}

void tst_Conformance::sixteenBitsRunInFloat_data()
{
    QTest::addColumn<QString>("zero");
    QTest::newRow("unsigned") << QStringLiteral("uint16 z = {32768}");
    QTest::newRow("signed") << QStringLiteral("int16 z = {0}");
}

void tst_Conformance::sixteenBitsRunInFloat()
{
    QFETCH(QString, zero);
    const QString text = QStringLiteral(R"(g (float[1,3,4,4] x) => (float[1,3,4,4] y)
        <float s = {0.001}, %1, float[3,3,1,1] w = {1, 2, 3, 4, 5, 6, 7, 8, 9}>
        { q = QuantizeLinear(x, s, z) d = DequantizeLinear(q, s, z) t = Conv(d, w) r = QuantizeLinear(t, s, z)
          y = DequantizeLinear(r, s, z) })")
                             .arg(zero);
    auto proto = std::make_unique<onnx::ModelProto>(protoFromText(text.toUtf8().constData()));
    for (onnx::NodeProto &node : *proto->mutable_graph()->mutable_node()) {
        if (node.op_type() != "Conv")
            node.set_domain("com.microsoft");
    }
    auto &opset = *proto->add_opset_import();
    opset.set_domain("com.microsoft");
    opset.set_version(1);
    const auto model = Model::create(std::move(proto));
    QVERIFY2(model.ok(), model.ok() ? "" : model.error().message().c_str());
    QCOMPARE(kernelsOf(**model),
             std::string("Conv 1, com.microsoft.DequantizeLinear 2, com.microsoft.QuantizeLinear 2"));
}

/// NOT_IMPLEMENTED at load up to 1.23.
void tst_Conformance::signedConvIntegerLoads()
{
    if (isRuntimeOlderThan(30))
        QSKIP(kNew);
    const ModelPtr model = modelFromText(R"(g (float[1,3,4,4] x) => (int32[1,3,4,4] y)
        <int8[3,3,1,1] w = {1, 2, 3, -4, 5, 6, 7, -8, 9}>
        { q, s, z = DynamicQuantizeLinear(x) y = ConvInteger(q, w, z) })");
    QCOMPARE(kernelsOf(*model), std::string("ConvInteger 1, DynamicQuantizeLinear 1"));
}

void tst_Conformance::tableBehindGatherStaysInteger()
{
    const auto gathersFloat = [](const char *nodes) {
        const QString text = QStringLiteral("g (int64[2] i) => (float[2,2] y) <int8[3,2] w = {1, 2, 3, 4, 5, "
                                            "6}, float s = {0.5}, int8 z "
                                            "= {0}> { %1 }")
                                 .arg(QString::fromUtf8(nodes));
        const auto folder = std::make_unique<QTemporaryDir>();
        const std::filesystem::path path = folder->filePath(QStringLiteral("optimized.onnx")).toStdString();
        JobContext job;
        const auto session = makeOnnxRuntimeEngine()->open(
            *modelFromText(text.toUtf8().constData()),
            {.optimization = Optimization::Extended, .optimizedModelPath = path});
        if (!session.ok())
            qFatal("%s", session.error().message().c_str());
        const ModelPtr optimized = *loadModel(path, job);
        for (const onnx::NodeProto &node : optimized->proto().graph().node()) {
            const auto table = node.op_type() == "Gather"
                ? optimized->constant(node.input(0))
                : Result<std::optional<Tensor>>(std::optional<Tensor>());
            if (table.ok() && *table)
                return (**table).type() == DType::Float32;
        }
        return true; // its table is computed: dequantized as a whole
    };
    QVERIFY(gathersFloat("d = DequantizeLinear(w, s, z) y = Gather(d, i)"));
    QVERIFY(!gathersFloat("g1 = Gather(w, i) y = DequantizeLinear(g1, s, z)"));
}

/// DequantizeLinear in blocks along the inputs, opset 21; along the outputs it stays float.
void tst_Conformance::blocksOfFourBitsFuse_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<int>("blockSize");
    for (const int blockSize : {16, 32, 128}) {
        QTest::addRow("int4 %d", blockSize) << static_cast<int>(DType::Int4) << blockSize;
        QTest::addRow("uint4 %d", blockSize) << static_cast<int>(DType::UInt4) << blockSize;
    }
}

void tst_Conformance::blocksOfFourBitsFuse()
{
    QFETCH(int, type);
    QFETCH(int, blockSize);
    constexpr int kSide = 128;
    const auto kernels = [&](std::int64_t axis) {
        auto proto = std::make_unique<onnx::ModelProto>(protoFromText(
            "g (float[2,128] x) => (float[2,128] y) { d = DequantizeLinear(w, s) y = MatMul(x, d) }"));
        proto->set_ir_version(10);
        proto->mutable_opset_import(0)->set_version(21);
        onnx::TensorProto &w = *proto->mutable_graph()->add_initializer();
        w.set_name("w");
        w.set_data_type(type);
        w.add_dims(kSide);
        w.add_dims(kSide);
        w.set_raw_data(std::string(kSide * kSide / 2, '\x21'));
        onnx::TensorProto &s = *proto->mutable_graph()->add_initializer();
        s.set_name("s");
        s.set_data_type(onnx::TensorProto::FLOAT);
        s.add_dims(axis == 0 ? kSide / blockSize : kSide);
        s.add_dims(axis == 0 ? kSide : kSide / blockSize);
        for (int i = 0; i < kSide * kSide / blockSize; ++i)
            s.add_float_data(0.5F);
        const auto addInt = [&](const char *name, std::int64_t value) {
            auto &attribute = *proto->mutable_graph()->mutable_node(0)->add_attribute();
            attribute.set_name(name);
            attribute.set_type(onnx::AttributeProto::INT);
            attribute.set_i(value);
        };
        addInt("axis", axis);
        addInt("block_size", blockSize);
        const auto model = Model::create(std::move(proto));
        return model.ok() ? kernelsOf(**model) : model.error().message();
    };
    QCOMPARE(kernels(0), std::string("com.microsoft.MatMulNBits 1"));
    QCOMPARE(kernels(1), std::string("MatMul 1"));
}

QTEST_GUILESS_MAIN(tst_Conformance)
#include "tst_conformance.moc"
