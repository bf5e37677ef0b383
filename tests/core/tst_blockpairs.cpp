// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Weights in blocks behind DequantizeLinear (opset 21): the bytes, what ONNX Runtime computes with them and
// what it makes of them, what raising the opset changes, and what the rest of the program says of the file.
#include "core/evaluation/drift.h"
#include "core/lint/lint.h"
#include "core/model/layertable.h"
#include "core/model/modelio.h"
#include "core/model/quantgrid.h"
#include "core/model/quantizedview.h"
#include "core/run/readplan.h"
#include "tests/support/modelrun.h"
#include "tests/support/quantizerun.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace qs;

namespace {

constexpr const char *kMatMul
    = "g (float[N,40] x) => (float[N,3] y) <float[40,3] w> { [layer] y = MatMul(x, w) }";
constexpr const char *kGemm = R"(g (float[N,40] x) => (float[N,3] y)
    <float[40,3] w, float[3] b = {1, -2, 3}> { [layer] y = Gemm(x, w, b) })";
constexpr const char *kTurned = R"(g (float[N,40] x) => (float[N,3] y)
    <float[3,40] w, float[3] b = {1, -2, 3}> { [layer] y = Gemm <transB = 1> (x, w, b) })";

/// \a text with w[n][k] = ((53 n + 37 k + 11) mod 101 - 50) / 64 for output n, input k.
ModelPtr modelOf(const char *text)
{
    const ModelPtr shell = modelFromText(text);
    const Shape shape = (*shell->constant("w"))->shape();
    const bool isTurned = shape[0] == 3;
    std::vector<float> values;
    for (int row = 0; row < shape[0]; ++row) {
        for (int column = 0; column < shape[1]; ++column) {
            const int n = isTurned ? row : column;
            const int k = isTurned ? column : row;
            values.push_back(static_cast<float>((n * 53 + k * 37 + 11) % 101 - 50) / 64.F);
        }
    }
    GraphEdit edit(*shell);
    edit.setInitializer("w", Tensor::fromFloats(shape, values));
    return *edit.finish();
}

Recipe pairs(const char *bits, bool isSymmetric, const char *blockSize = "16")
{
    Recipe recipe = syntheticRecipe("x86-vnni", "weight-only");
    recipe.parameters
        = {{"format", "qdq"}, {"bits", bits}, {"symmetric", isSymmetric}, {"block_size", blockSize}};
    return recipe;
}

QuantizedPtr quantized(const ModelPtr &model, const Recipe &recipe)
{
    const auto result = quantizeModel(model, recipe);
    if (!result.ok())
        qFatal("%s", result.error().message().c_str());
    return *result;
}

/// What the only blocked DequantizeLinear of \a model gives, read from its initializers: [inputs, outputs].
std::vector<float> byHand(const Model &model)
{
    for (const NodeId id : model.graph().topologicalOrder()) {
        const onnx::NodeProto &node = model.graph().node(id);
        const std::int64_t block = intAttribute(node, "block_size", 0);
        if (!isOp(node, "DequantizeLinear") || block == 0)
            continue;
        const auto constant = [&](int input) { return **model.constant(node.input(input)); };
        const Tensor codes = constant(0);
        const Tensor scales = constant(1);
        const std::int64_t columns = codes.shape()[1];
        std::vector<float> values;
        for (std::int64_t k = 0; k < codes.shape()[0]; ++k) {
            for (std::int64_t n = 0; n < columns; ++n) {
                const auto grid = static_cast<std::size_t>(k / block * columns + n);
                const int zero = node.input_size() > 2 ? integerAt(constant(2), grid) : 0;
                const int code = integerAt(codes, static_cast<std::size_t>(k * columns + n));
                values.push_back(static_cast<float>(code - zero) * scales.floats()[grid]);
            }
        }
        return values;
    }
    qFatal("no DequantizeLinear with blocks");
}

/// y = x [2, 40] times weight [40, 3], in double.
std::vector<double> product(std::span<const float> x, std::span<const float> weight)
{
    std::vector<double> y;
    for (std::size_t row = 0; row < x.size() / 40; ++row) {
        for (std::size_t n = 0; n < 3; ++n) {
            double sum = 0;
            for (std::size_t k = 0; k < 40; ++k)
                sum += static_cast<double>(x[row * 40 + k]) * static_cast<double>(weight[k * 3 + n]);
            y.push_back(sum);
        }
    }
    return y;
}

} // namespace

class tst_BlockPairs : public QObject
{
    Q_OBJECT

private slots:
    void columns();
    void runsAsByHand_data();
    void runsAsByHand();
    void sharedMatrix();
    void reluBehind();
    void opsetIsRaised_data();
    void opsetIsRaised();
    void opsetIsNotRaised_data();
    void opsetIsNotRaised();
    void isRead_data();
    void isRead();
};

void tst_BlockPairs::columns()
{
    // Largest magnitudes -8 and -16: scales 1 and 2, codes 9 0 15 and 7 15 0; signed 1 -8 7 and -1 7 -8.
    const std::vector<float> weight {1, -8, 7, -2, 14, -16};
    const BlockScheme symmetric {.bits = 4, .blockSize = 16};
    const BlockColumns narrow = byColumns(quantizeBlocks(weight, 2, 3, symmetric), 2, 3, symmetric);
    QVERIFY((narrow.codes == std::vector<std::uint8_t> {0xF1, 0x78, 0x87}));
    QVERIFY((narrow.scales == std::vector<float> {1, 2}));
    QVERIFY(narrow.zeroPoints.empty());
    // From -8 to 7 in 15 steps of 1, zero at 8; from -16 to 14 in steps of 2, zero at 8.
    const BlockScheme free {.bits = 4, .blockSize = 16, .symmetric = false};
    const BlockColumns shifted = byColumns(quantizeBlocks(weight, 2, 3, free), 2, 3, free);
    QVERIFY((shifted.codes == std::vector<std::uint8_t> {0x79, 0xF0, 0x0F}));
    QVERIFY((shifted.zeroPoints == std::vector<std::uint8_t> {0x88}));
    // Two blocks of one row each, an odd number of codes: from 0 to 255 and to 51 in 255 steps.
    std::vector<float> row(17, 255.F);
    row[0] = 1;
    row[16] = 51;
    const BlockScheme wide {.bits = 8, .blockSize = 16, .symmetric = false};
    const BlockColumns bytes = byColumns(quantizeBlocks(row, 1, 17, wide), 1, 17, wide);
    QCOMPARE(bytes.codes.size(), std::size_t(17));
    QCOMPARE(bytes.codes.front(), std::uint8_t(1));
    QCOMPARE(bytes.codes.back(), std::uint8_t(255));
    QVERIFY((bytes.scales == std::vector<float> {1, 0.2F}));
    QVERIFY((bytes.zeroPoints == std::vector<std::uint8_t> {0, 0}));
}

void tst_BlockPairs::runsAsByHand_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("bits");
    QTest::addColumn<bool>("symmetric");
    QTest::addColumn<int>("type");
    QTest::addColumn<QString>("kernels");
    for (const bool isSymmetric : {true, false}) {
        const char *kind = isSymmetric ? "symmetric" : "asymmetric";
        const auto row = [&](const char *name, const char *text, int bits, DType type, const char *kernels) {
            QTest::addRow("%s, %d bits, %s", name, bits, kind)
                << QByteArray(text) << QString::number(bits) << isSymmetric << static_cast<int>(type)
                << QString(kernels);
        };
        const DType four = isSymmetric ? DType::Int4 : DType::UInt4;
        const DType eight = isSymmetric ? DType::Int8 : DType::UInt8;
        // Kernels of ONNX Runtime 1.30.
        row("MatMul", kMatMul, 4, four, "com.microsoft.MatMulNBits 1");
        row("Gemm", kGemm, 4, four, "com.microsoft.MatMulNBits 1");
        row("turned Gemm", kTurned, 4, four, "com.microsoft.MatMulNBits 1");
        row("MatMul", kMatMul, 8, eight, "com.microsoft.MatMulNBits 1");
        row("Gemm", kGemm, 8, eight, "com.microsoft.MatMulNBits 1");
    }
}

void tst_BlockPairs::runsAsByHand()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, bits);
    QFETCH(bool, symmetric);
    QFETCH(int, type);
    QFETCH(QString, kernels);
    const ModelPtr source = modelOf(text.constData());
    const QuantizedPtr result = quantized(source, pairs(bits.toUtf8(), symmetric));
    const Model &model = *result->model;
    QCOMPARE(model.opset(), std::int64_t(21));
    QCOMPARE(std::int64_t(model.proto().ir_version()), std::int64_t(10));
    const onnx::TensorProto *codes = model.graph().initializer("w_quantized");
    QVERIFY(codes);
    QCOMPARE(codes->data_type(), type);
    QVERIFY(!model.graph().initializer("w"));
    QCOMPARE(codes->dims(0), std::int64_t(40)); // two blocks of 16 and one of 8
    QCOMPARE(model.graph().initializer("w_scale")->dims(0), std::int64_t(3));

    // The same numbers as MatMulNBits has.
    const std::vector<float> weight = byHand(model);
    const BlockScheme scheme = *result->plan.tensors.at("w").blocks;
    std::vector<float> rows;
    for (int n = 0; n < 3; ++n) {
        for (int k = 0; k < 40; ++k)
            rows.push_back(static_cast<float>((n * 53 + k * 37 + 11) % 101 - 50) / 64.F);
    }
    const std::vector<float> stored = dequantizeBlocks(quantizeBlocks(rows, 3, 40, scheme), 3, 40, scheme);
    for (std::size_t i = 0; i < weight.size(); ++i)
        QCOMPARE(weight[i], stored[i % 3 * 40 + i / 3]);

    const std::vector<NamedTensor> inputs = randomInputs(*source, 5);
    std::vector<double> expected = product(inputs.front().tensor.floats(), weight);
    if (source->graph().initializer("b")) {
        for (std::size_t i = 0; i < expected.size(); ++i)
            expected[i] += static_cast<double>((*source->constant("b"))->floats()[i % 3]);
    }
    const Tensor y = runModel(model, inputs).at(0); // as the file says, without rewriting
    JobContext job;
    const auto session = makeOnnxRuntimeEngine()->open(model, {});
    QVERIFY(session.ok());
    const Tensor fused = (*session)->run(inputs, job)->at(0);
    double largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        QVERIFY(std::abs(static_cast<double>(y.floats()[i]) - expected[i]) < 1e-5);
        largest = std::max(largest, std::abs(static_cast<double>(fused.floats()[i]) - expected[i]));
    }
    // MatMulNBits at accuracy level 4 rounds inputs in [-1, 1] to steps of 1/127: 40 roundings of half a
    // step, times weights below 0.8, come to 0.126 at the very worst.
    QVERIFY2(largest < 0.05, QByteArray::number(largest).constData());
    QCOMPARE(QString::fromStdString(kernelsOf(model)), kernels);
}

void tst_BlockPairs::sharedMatrix()
{
    const ModelPtr source = modelFromText(R"(g (float[N,32] x) => (float[N,32] y) <float[32,32] w> {
        t = MatMul(x, w)  r = Relu(t)  y = Gemm <transB = 1> (r, w) })");
    for (const char *format : {"qdq", "matmulnbits"}) {
        Recipe recipe = pairs("8", false);
        recipe.parameters["format"] = format;
        const QuantizedPtr result = quantized(source, recipe);
        const double difference = largestDifference(*source, *result->model);
        // Two products of 32 weights in 255 steps; the matrix the wrong way round is off by more than 1.
        QVERIFY2(difference < 0.1, QByteArray::number(difference).constData());
    }
    // One way round only: stored once, dequantized for each.
    const ModelPtr twice = modelFromText(R"(g (float[N,32] x) => (float[N,32] y) <float[32,32] w> {
        t = MatMul(x, w)  r = Relu(t)  y = MatMul(r, w) })");
    const QuantizedPtr result = quantized(twice, pairs("4", true));
    QCOMPARE(result->model->proto().graph().initializer_size(), 2);
    // ONNX Runtime merges the two DequantizeLinear before it looks for MatMulNBits, which wants one reader.
    QCOMPARE(QString::fromStdString(kernelsOf(*result->model)), QStringLiteral("MatMul 2, Relu 1"));
}

/// What ONNX Runtime 1.30 makes MatMulNBits of, and what it leaves: see the top of blockpairspass.cpp.
void tst_BlockPairs::reluBehind()
{
    const auto kernels = [](const char *text) {
        return QString::fromStdString(kernelsOf(*quantized(modelFromText(text), pairs("4", false))->model));
    };
    QCOMPARE(
        kernels("g (float[N,32] x) => (float[N,32] y) <float[32,32] w> { t = MatMul(x, w)  y = Relu(t) }"),
        QStringLiteral("Relu 1, com.microsoft.MatMulNBits 1"));
    QCOMPARE(kernels(R"(g (float[N,32] x) => (float[N,32] y) <float[32,32] w, float[32,32] v> {
                 t = MatMul(x, w)  r = Sigmoid(t)  y = MatMul(r, v) })"),
             QStringLiteral("Sigmoid 1, com.microsoft.MatMulNBits 2"));
    QCOMPARE(kernels(R"(g (float[N,32] x) => (float[N,32] y) <float[32,32] w, float[32,32] v> {
                 t = MatMul(x, w)  r = Relu(t)  y = MatMul(r, v) })"),
             QStringLiteral("MatMul 1, Relu 1, com.microsoft.MatMulNBits 1"));
}

void tst_BlockPairs::opsetIsRaised_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const char *text) { QTest::newRow(name) << QByteArray(text); };
    row("means", "g (float[2,3,4] x) => (float[2,1,1] y) { y = ReduceMean <axes = [1, 2]> (x) }");
    row("mean of all", "g (float[2,3,4] x) => (float y) { y = ReduceMean <keepdims = 0> (x) }");
    row("sums of squares",
        "g (float[2,3] x) => (float[2] y) { y = ReduceSumSquare <axes = [-1], keepdims = 0> (x) }");
    row("sum", "g (float[2,3] x) => (float[2,1] y) <int64[1] a = {1}> { y = ReduceSum(x, a) }");
    row("equal parts", "g (float[2,6] x) => (float[2,2] y) { a, b, y = Split <axis = 1> (x) }");
    row("other parts", R"(g (float[2,6] x) => (float[2,4] y) <int64[2] s = {2, 4}> {
        a, y = Split <axis = 1> (x, s) })");
    row("regions", R"(g (float[1,1,8,8] x) => (float[1,1,2,2] y)
        <float[1,4] r = {0.5, 1, 6, 5.5}, int64[1] i = {0}> {
        y = RoiAlign <output_height = 2, output_width = 2, sampling_ratio = 2> (x, r, i) })");
    row("grid", R"(<ir_version: 8, opset_import: ["" : 16]> g (float[1,1,4,4] x) => (float[1,1,1,3] y)
        <float[1,1,3,2] p = {-0.5, 0.25, 0.1, -0.7, 0.9, 0.3}> { y = GridSample(x, p) })");
    row("cubic grid", R"(<ir_version: 8, opset_import: ["" : 17]> g (float[1,1,4,4] x) => (float[1,1,1,3] y)
        <float[1,1,3,2] p = {-0.5, 0.25, 0.1, -0.7, 0.9, 0.3}> { y = GridSample <mode = "bicubic"> (x, p) })");
    row("new versions that mean the same", R"(g (float[2,3,4,4] x) => (float[2,12] y)
        <float[3] s = {1, 2, 3}, float[3] b = {1, 0, -1}, float[3] m = {0, 1, 2}, float[3] v = {1, 2, 4},
         int64[2] to = {0, -1}, int64[8] p = {0, 0, 1, 1, 0, 0, 1, 1}, float[4] z = {1, 1, 0.5, 0.5}> {
        n = BatchNormalization(x, s, b, m, v)
        l = LeakyRelu <alpha = 0.25> (n)
        o = Pad(l, p)
        a = AveragePool <kernel_shape = [2, 2]> (o)
        e = Resize <mode = "linear"> (a, , z)
        t = Transpose <perm = [0, 1, 3, 2]> (e)
        f = Reshape(t, to)
        c = Softmax(f)
        y = Sub(f, c) })");
    row("a branch", R"(g (float[2,2] x) => (float[2,2] y) <float z = {0}> {
        s = ReduceSum <keepdims = 0> (x)
        c = Greater(s, z)
        y = If (c) <then_branch = t () => (float[2,2] a) { a = Relu(x) },
                    else_branch = e () => (float[2,2] b) { b = Neg(x) }> })");
}

void tst_BlockPairs::opsetIsRaised()
{
    QFETCH(QByteArray, text);
    const ModelPtr before = modelFromText(text.constData());
    Plan plan;
    QCOMPARE(runPass(before, "raise-opset-21", &plan).reports.at(0).changes, 0);
    plan.blocksInPairs = true;
    const PassResult result = runPass(before, "raise-opset-21", &plan);
    QCOMPARE(result.reports.at(0).findings.at(0).code, std::string("opset-raised"));
    QCOMPARE(result.model->opset(), std::int64_t(21));
    QVERIFY(largestDifference(*before, *result.model) < 1e-6); // numbers below 10
    QCOMPARE(runPass(result.model, "raise-opset-21", &plan).reports.at(0).changes, 0);
}

void tst_BlockPairs::opsetIsNotRaised_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("reason");
    const auto row = [](const char *name, const char *text, const char *reason) {
        QTest::newRow(name) << QByteArray(text) << QByteArray(reason);
    };
    row("windows beyond the edge", R"(g (float[1,1,5,5] x) => (float[1,1,3,3] y) {
        [pool] y = AveragePool <kernel_shape = [2, 2], strides = [2, 2], ceil_mode = 1> (x) })",
        "AveragePool of layer 'pool'");
    row("statistics of a batch", R"(g (float[1,3,2,2] x) => (float[1,3,2,2] y, float[3] q)
        <float[3] s, float[3] b, float[3] m, float[3] v> {
        [norm] y, q = BatchNormalization(x, s, b, m, v) })",
        "BatchNormalization of layer 'norm'");
    row("groups", R"(<ir_version: 8, opset_import: ["" : 18]> g (float[1,4,2,2] x) => (float[1,4,2,2] y)
        <float[2] s, float[2] b> { [norm] y = GroupNormalization <num_groups = 2> (x, s, b) })",
        "GroupNormalization of layer 'norm'");
    row("in a branch", R"(g (bool c, float[2,2] x) => (float[2,1] y) {
        [choice] y = If (c) <then_branch = t () => (float[2,1] a) { a = ReduceMean <axes = [1]> (x) },
                             else_branch = e () => (float[2,1] b) { b = ReduceMax <axes = [1]> (x) }> })",
        "ReduceMean in If of layer 'choice'");
    row("older than 13",
        R"(<ir_version: 7, opset_import: ["" : 12]> g (float[2] x) => (float[2] y) { y = Relu(x) })",
        "opset 12: cannot be raised to 21");
}

void tst_BlockPairs::opsetIsNotRaised()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, reason);
    Plan plan;
    plan.blocksInPairs = true;
    JobContext job;
    const ShapeMap shapes;
    PassRegistry one;
    one.add(*builtinPasses().find("raise-opset-21"));
    const auto result = runPasses(modelFromText(text.constData()), one, PassPhase::Quantize,
                                  {.shapes = shapes, .plan = &plan}, job);
    QVERIFY(!result.ok() && result.error().code == ErrorCode::Unsupported);
    const QByteArray message = result.error().message().c_str();
    QVERIFY2(message.contains(reason) && message.contains("format=matmulnbits"), message.constData());
}

void tst_BlockPairs::isRead_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("bits");
    QTest::addColumn<bool>("symmetric");
    for (const char *format : {"qdq", "matmulnbits"}) {
        for (const char *bits : {"4", "8"}) {
            QTest::addRow("%s, %s bits, symmetric", format, bits) << QString(format) << QString(bits) << true;
            QTest::addRow("%s, %s bits", format, bits) << QString(format) << QString(bits) << false;
        }
    }
}

void tst_BlockPairs::isRead()
{
    QFETCH(QString, format);
    QFETCH(QString, bits);
    QFETCH(bool, symmetric);
    const ModelPtr source = modelFromText(R"(g (int64[4] i) => (float[4,8] y)
        <float[50,40] t, float[40,32] w, float[32,8] v, float[8] b> {
        [rows] x = Gather(t, i)
        [first] m = MatMul(x, w)
        [relu] r = Relu(m)
        [second] y = Gemm(r, v, b) })");
    Recipe recipe = pairs(bits.toUtf8(), symmetric);
    recipe.parameters["format"] = format.toStdString();
    const QuantizedPtr result = quantized(source, recipe);
    const ModelPtr model = *parseModel(serializeModel(*result->model), "copy.onnx");

    const QuantizedView view = viewQuantized(*model);
    QCOMPARE(view.forms, std::vector<std::string> {"weight-only"});
    int weights = 0;
    for (const QuantizedTensor &tensor : view.tensors) {
        if (tensor.blockSize == 0)
            continue;
        ++weights;
        QVERIFY(tensor.role == OperandRole::Weight && tensor.granularity == Granularity::PerBlock);
        QCOMPARE(tensor.bits, bits.toInt());
        QCOMPARE(tensor.blockSize, std::int64_t(16));
        // 40 inputs are 3 blocks, 32 are 2.
        QCOMPARE(tensor.scales.size(), std::size_t(tensor.layer.starts_with("first") ? 3 * 32 : 2 * 8));
        // The numbers on the grid reach as far as the weights, on both sides.
        const auto original = source->constant(tensor.layer.starts_with("first") ? "w" : "v").value().value();
        const Range extent = extentOf(original.floats()).range;
        QVERIFY(tensor.range.min < 0.8F * extent.min && tensor.range.max > 0.8F * extent.max);
        QVERIFY(tensor.range.min > 2.5F * extent.min && tensor.range.max < 2.5F * extent.max);
    }
    QCOMPARE(weights, 2);
    std::map<std::string, std::string> precisions;
    for (const QuantizedLayer &layer : view.layers)
        precisions[layer.op] = layer.precision;
    const std::string expected = "W" + bits.toStdString();
    QCOMPARE(precisions.at("Gather"), std::string("W8"));
    QCOMPARE(precisions.at("Relu"), std::string());
    if (format == "qdq") {
        QCOMPARE(precisions.at("MatMul"), expected);
        QCOMPARE(precisions.at("Gemm"), expected);
    } else {
        QCOMPARE(precisions.at("MatMulNBits"), expected);
    }

    JobContext job;
    std::int64_t parameters = 0;
    for (const Layer &layer : makeLayerTable(*model, inferShapes(*model, nullptr, job)))
        parameters += layer.parameters;
    QCOMPARE(parameters, std::int64_t(50 * 40 + 40 * 32 + 32 * 8 + 8));

    const auto plan = readPlan(*source, *model);
    QVERIFY(plan.ok());
    const std::vector<NodeForm> forms {NodeForm::IntegerTable, NodeForm::WeightOnly, NodeForm::Float,
                                       NodeForm::WeightOnly};
    for (std::size_t i = 0; i < forms.size(); ++i)
        QVERIFY2(plan->nodes.at(i).form == forms[i], toString(plan->nodes.at(i).form));
    const BlockScheme blocks = plan->tensors.at("w").blocks.value();
    QCOMPARE(blocks.bits, bits.toInt());
    QCOMPARE(blocks.blockSize, 16);
    QCOMPARE(blocks.symmetric, symmetric);

    const auto engine = makeOnnxRuntimeEngine();
    for (const Finding &finding : lintModel(
             *model,
             {.target = builtinTargets().find("x86-vnni"), .engine = engine.get(), .source = source.get()},
             job))
        QFAIL(finding.detail.str().c_str());

    const DatasetPtr data
        = *openDataset({.path = "synthetic", .limit = 4, .preprocessing = {}}, source->graph().inputs(), job);
    const auto drift = measureDrift(*source, *model, *data, *engine, {.threads = 1}, job);
    QVERIFY2(drift.ok(), drift.ok() ? "" : drift.error().message().c_str());
    const auto layer = std::ranges::find(drift->layers, "m", &LayerDrift::tensor);
    QVERIFY(layer != drift->layers.end());
    // 6 dB a bit: codes of 4 bits leave 20 dB, of 8 bits 40 and more; the table of 8 bits about 40.
    QVERIFY(layer->accumulated.sqnrDb > (bits == "4" ? 15 : 33) && layer->accumulated.sqnrDb < 60);
}

QTEST_GUILESS_MAIN(tst_BlockPairs)
#include "tst_blockpairs.moc"
