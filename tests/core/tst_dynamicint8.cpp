// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What dynamic quantization writes, and which kernels ONNX Runtime makes of it.
#include "core/strategies/strategy.h"
#include "tests/support/modelrun.h"
#include "tests/support/quantizerun.h"
#include "tests/support/runtimeversion.h"
#include "tests/support/textmodel.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <onnx/onnx_pb.h>

using namespace qs;

class tst_DynamicInt8 : public QObject
{
    Q_OBJECT

private slots:
    void kernels_data();
    void kernels();
    void readersShareTheInput();
    void weightsAreSymmetricPerColumn();
    void oneScaleAWeightRunsInTheSameKernels_data();
    void oneScaleAWeightRunsInTheSameKernels();
    void transposedGemmIsTurned();
    void tableKeepsItsRows();
    void tableWithOtherReadersStaysFloat();
    void lstmFollowsTheFloatOne_data();
    void lstmFollowsTheFloatOne();
    void gruStaysFloat();
    void otherLayoutOfLstmIsNamed();
    void subGraphsAreNamed_data();
    void subGraphsAreNamed();
    void modelInSubGraphsIsAnError_data();
    void modelInSubGraphsIsAnError();
    void convolutionsAreNamed();
    void nothingToQuantizeIsAnError();
    void targetWithoutKernelsIsAnError();
    void excludeKeepsFloat();
};

void tst_DynamicInt8::kernels_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("kernels");
    const QString w = QStringLiteral("float[4,2] w = {1, -2, 3, 4, 5, -6, 7, 8}, float[2] b = {0.5, -1}");
    const auto row = [&](const char *name, const char *body, const char *kernels) {
        QTest::newRow(name) << QString::fromUtf8(body).arg(w) << QString::fromUtf8(kernels);
    };
    row("matmul", "g (float[N,3,4] x) => (float[N,3,2] y) <%1> { y = MatMul(x, w) }",
        "com.microsoft.DynamicQuantizeMatMul 1");
    row("matmul-bias", "g (float[N,3,4] x) => (float[N,3,2] y) <%1> { t = MatMul(x, w) y = Add(t, b) }",
        "com.microsoft.DynamicQuantizeMatMul 1");
    row("bias-first", "g (float[N,3,4] x) => (float[N,3,2] y) <%1> { t = MatMul(x, w) y = Add(b, t) }",
        "com.microsoft.DynamicQuantizeMatMul 1");
    row("gemm", "g (float[N,4] x) => (float[N,2] y) <%1> { y = Gemm(x, w, b) }",
        "com.microsoft.DynamicQuantizeMatMul 1");
    row("gemm-transposed",
        "g (float[N,4] x) => (float[N,3] y) <float[3,4] v = {1, 2, 3, 4, -5, 6, 7, 8, 9, 1, 2, -3}, float[3] "
        "c = "
        "{1, 2, 3}> { y = Gemm <transB = 1> (x, v, c) }",
        "com.microsoft.DynamicQuantizeMatMul 1");
    row("softmax-and-products-stay-float",
        "g (float[N,3,4] x) => (float[N,3,3] y) <%1> { q = MatMul(x, w) k = Transpose <perm = [0, 2, 1]> (q) "
        "s = "
        "MatMul(q, k) y = Softmax <axis = 2> (s) }",
        "Softmax 1, com.microsoft.DynamicQuantizeMatMul 1, com.microsoft.FusedMatMul 1");
}

void tst_DynamicInt8::kernels()
{
    QFETCH(QString, text);
    QFETCH(QString, kernels);
    if (QByteArray(QTest::currentDataTag()) == "bias-first" && isRuntimeOlderThan(30))
        QSKIP("an older ONNX Runtime fuses only a bias that comes second");
    const ModelPtr model = modelFromText(text.toUtf8().constData());
    const auto result = quantizeModel(model, syntheticRecipe("x86-vnni", "dynamic"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QCOMPARE(QString::fromStdString(kernelsOf(*(*result)->model)), kernels);
    QVERIFY2(syntheticSqnrDb(*model, *(*result)->model) > 30,
             qPrintable(QString::number(syntheticSqnrDb(*model, *(*result)->model))));
}

void tst_DynamicInt8::readersShareTheInput()
{
    const auto result = quantizeModel(modelFromText(R"(g (float[N,3,4] x) => (float[N,3,2] q, float[N,3,2] k)
        <float[4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[4,2] v = {8, 7, 6, 5, 4, 3, 2, 1}>
        { q = MatMul(x, w)  k = MatMul(x, v) })"),
                                      syntheticRecipe("x86-vnni", "dynamic"));
    QVERIFY(result.ok());
    QCOMPARE(kernelsOf(*(*result)->model),
             std::string("DynamicQuantizeLinear 1, com.microsoft.MatMulIntegerToFloat 2"));
}

void tst_DynamicInt8::weightsAreSymmetricPerColumn()
{
    const auto result = quantizeModel(
        modelFromText(
            "g (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1, 0.5, -2, 0.25}> { y = MatMul(x, w) }"),
        syntheticRecipe("x86-vnni", "dynamic"));
    QVERIFY(result.ok());
    const Tensor data = **(*result)->model->constant("w_quantized");
    const Tensor scale = **(*result)->model->constant("w_scale");
    // Columns (1, -2) and (0.5, 0.25): 1 / (2/127) = 63.5 and 0.25 / (0.5/127) = 63.5 go to the even 64.
    const auto values = data.data<std::int8_t>();
    QCOMPARE(std::vector<int>(values.begin(), values.end()), (std::vector<int> {64, 127, -127, 64}));
    QCOMPARE(scale.floats()[0], 2.F / 127.F);
    QCOMPARE(scale.floats()[1], 0.5F / 127.F);
}

void tst_DynamicInt8::oneScaleAWeightRunsInTheSameKernels_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("kernel");
    const QString w = QStringLiteral("float[2,2] w = {1, 0.5, -2, 0.25}");
    QTest::newRow("matmul") << "g (float[N,2] x) => (float[N,2] y) <" + w + "> { y = MatMul(x, w) }"
                            << "com.microsoft.DynamicQuantizeMatMul 1";
    QTest::newRow("gemm") << "g (float[N,2] x) => (float[N,2] y) <" + w
            + ", float[2] b = {1, -1}> { y = Gemm(x, w, b) }"
                          << "com.microsoft.DynamicQuantizeMatMul 1";
    QTest::newRow("lstm")
        << "g (float[3,1,1] x) => (float[3,1,1,1] y) <float[1,4,1] w = {1, 0.5, -2, 0.25}, "
           "float[1,4,1] r = {0.5, 1, -1, 0.25}> { y, h = LSTM <hidden_size = 1> (x, w, r) }"
        << "com.microsoft.DynamicQuantizeLSTM 1";
}

void tst_DynamicInt8::oneScaleAWeightRunsInTheSameKernels()
{
    QFETCH(QString, text);
    QFETCH(QString, kernel);
    const ModelPtr model = modelFromText(text.toUtf8().constData());
    Recipe recipe = syntheticRecipe("x86-vnni", "dynamic");
    recipe.parameters["per_channel"] = false;
    const auto result = quantizeModel(model, recipe);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QCOMPARE(QString::fromStdString(kernelsOf(*(*result)->model)), kernel);
    // One scale, 2/127: 1 is 63.5 and goes to the even 64, 0.5 is 31.75, 0.25 is 15.875.
    const TensorPlan &plan = (*result)->plan.tensors.at("w");
    QVERIFY(!plan.axis);
    QCOMPARE(plan.params, (std::vector<ScaleZeroPoint> {{2.F / 127.F, 0}}));
    const Tensor scale = **(*result)->model->constant("w_scale");
    QCOMPARE(scale.size(), std::size_t {1});
    QCOMPARE(scale.floats()[0], 2.F / 127.F);
    const Tensor data = **(*result)->model->constant("w_quantized");
    const auto values = data.data<std::int8_t>();
    QCOMPARE(std::vector<int>(values.begin(), values.end()), (std::vector<int> {64, 32, -127, 16}));
    const double sqnr = syntheticSqnrDb(*model, *(*result)->model);
    QVERIFY2(sqnr > 30, qPrintable(QString::number(sqnr)));
}

void tst_DynamicInt8::transposedGemmIsTurned()
{
    const auto result = quantizeModel(
        modelFromText(R"(g (float[N,2] x) => (float[N,3] y) <float[3,2] w = {127, 1, 2, 127, 127, -3}>
        { y = Gemm <transB = 1> (x, w) })"),
        syntheticRecipe("x86-vnni", "dynamic"));
    QVERIFY(result.ok());
    const Tensor data = **(*result)->model->constant("w_quantized");
    QCOMPARE(data.shape(), (Shape {2, 3}));
    const auto values = data.data<std::int8_t>();
    QCOMPARE(std::vector<int>(values.begin(), values.end()), (std::vector<int> {127, 2, 127, 1, 127, -3}));
}

void tst_DynamicInt8::tableKeepsItsRows()
{
    const ModelPtr model = modelFromText(R"(g (int64[N,2] i) => (float[N,2,3] y)
        <float[4,3] table = {127, 1, -2, 3, 127, 5, 6, 7, 127, 1, 2, 3}> { y = Gather(table, i) })");
    const auto result = quantizeModel(model, syntheticRecipe("x86-vnni", "dynamic"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QVERIFY((*result)->plan.nodes.at(0).form == NodeForm::IntegerTable);
    // Columns reach 127, so every value is a code and comes back as it was.
    const std::vector<std::int64_t> rows {3, 0, 1, 2};
    const std::vector<NamedTensor> inputs {
        {"i", Tensor::fromValues<std::int64_t>(DType::Int64, {2, 2}, rows)}};
    const Tensor expected = runModel(*model, inputs).at(0);
    const Tensor got = runModel(*(*result)->model, inputs).at(0);
    QVERIFY(std::ranges::equal(got.floats(), expected.floats()));
    // The float table is gone.
    QVERIFY(!(*(*result)->model->constant("table")).has_value());
}

void tst_DynamicInt8::tableWithOtherReadersStaysFloat()
{
    const auto result
        = quantizeModel(modelFromText(R"(g (int64[N,2] i, float[4,3] x) => (float[N,2,3] y, float[4,3] z)
        <float[4,3] table = {1, 1, -2, 3, 1, 5, 6, 7, 1, 1, 2, 3}, float[3,3] w = {1, 2, 3, 4, 5, 6, 7, 8, 9}>
        { e = Gather(table, i)  y = MatMul(e, w)  z = Add(x, table) })"),
                        syntheticRecipe("x86-vnni", "dynamic"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QVERIFY((*result)->plan.nodes.at(0).form == NodeForm::Float);
    QVERIFY((*(*result)->model->constant("table")).has_value());
}

void tst_DynamicInt8::lstmFollowsTheFloatOne_data()
{
    QTest::addColumn<bool>("isBidirectional");
    QTest::newRow("forward") << false;
    QTest::newRow("bidirectional") << true;
}

void tst_DynamicInt8::lstmFollowsTheFloatOne()
{
    QFETCH(bool, isBidirectional);
    const int directions = isBidirectional ? 2 : 1;
    auto proto = std::make_unique<onnx::ModelProto>(
        protoFromText(isBidirectional ? R"(g (float[5,1,3] x) => (float[5,2,1,2] y)
            { y, h, c = LSTM <hidden_size = 2, direction = "bidirectional"> (x, w, r, b) })"
                                      : R"(g (float[5,1,3] x) => (float[5,1,1,2] y)
            { y, h, c = LSTM <hidden_size = 2> (x, w, r, b) })"));
    const auto addWeight = [&](const char *name, const Shape &shape, unsigned seed) {
        const Tensor tensor = randomTensor(shape, seed);
        onnx::TensorProto &weight = *proto->mutable_graph()->add_initializer();
        weight.set_name(name);
        weight.set_data_type(onnx::TensorProto::FLOAT);
        for (const std::int64_t d : shape)
            weight.add_dims(d);
        for (const float v : tensor.floats())
            weight.add_float_data(v);
    };
    addWeight("w", {directions, 8, 3}, 1);
    addWeight("r", {directions, 8, 2}, 2);
    addWeight("b", {directions, 16}, 3);
    const auto model = Model::create(std::move(proto));
    QVERIFY2(model.ok(), model.ok() ? "" : model.error().message().c_str());
    const auto result = quantizeModel(*model, syntheticRecipe("x86-vnni", "dynamic"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QCOMPARE(kernelsOf(*(*result)->model), std::string("com.microsoft.DynamicQuantizeLSTM 1"));
    QVERIFY2(syntheticSqnrDb(**model, *(*result)->model) > 30,
             qPrintable(QString::number(syntheticSqnrDb(**model, *(*result)->model))));
}

void tst_DynamicInt8::gruStaysFloat()
{
    const auto result = quantizeModel(modelFromText(R"(g (float[5,1,1] x) => (float[5,1,1,1] y)
        <float[1,3,1] w = {1, 2, 3}, float[1,3,1] r = {1, 2, 3}, float[1,1] v = {2}>
        { z = MatMul(x, v)  y, h = GRU <hidden_size = 1> (z, w, r) })"),
                                      syntheticRecipe("x86-vnni", "dynamic"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const auto gru = std::ranges::find((*result)->plan.nodes, std::string("GRU"), &NodePlan::op);
    QVERIFY(gru != (*result)->plan.nodes.end() && gru->form == NodeForm::Float && !gru->reason.empty());
}

void tst_DynamicInt8::otherLayoutOfLstmIsNamed()
{
    // No runtime runs it, so only the plan is asked.
    const ModelPtr model = modelFromText(R"(<ir_version: 8, opset_import: ["" : 14]>
        g (int64[1,5] i) => (float[1,5,1,1] y)
        <float[1,4,2] w, float[1,4,1] r, float[3,2] table>
        { z = Gather(table, i)  y = LSTM <hidden_size = 1, layout = 1> (z, w, r) })");
    JobContext job;
    const StrategyDescriptor *dynamic = builtinStrategies().find("dynamic");
    const Recipe recipe = syntheticRecipe("x86-vnni", "dynamic");
    const ShapeMap shapes;
    const StrategyInput input {model, shapes, *builtinTargets().find("x86-vnni"), recipe,
                               ParamSet(dynamic->params)};
    const auto plan = dynamic->make()->makePlan(input, {}, job);
    QVERIFY2(plan.ok(), plan.ok() ? "" : plan.error().message().c_str());
    const auto lstm = std::ranges::find(plan->nodes, std::string("LSTM"), &NodePlan::op);
    QVERIFY(lstm->form == NodeForm::Float);
    QCOMPARE(lstm->reason.str(),
             std::string("kept float: the integer LSTM wants the sequence first (layout 0)"));
}

namespace {
/// Two branches with a product each; \a behind reads t, what they give.
QString branches(const char *behind)
{
    return QStringLiteral(R"(g (bool c, float[N,4] x) => (float[N,4] y)
        <float[4,4] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4, 3, 2}>
        { [choice] t = If (c) <then_branch = a () => (float[N,4] p) { p = MatMul(x, w) },
            else_branch = b () => (float[N,4] r) { s = Relu(x) r = MatMul(s, w) }> %1 })")
        .arg(QString::fromUtf8(behind));
}
}

void tst_DynamicInt8::subGraphsAreNamed_data()
{
    QTest::addColumn<QString>("strategy");
    for (const char *strategy : {"static", "dynamic", "weight-only"})
        QTest::newRow(strategy) << QString::fromUtf8(strategy);
}

void tst_DynamicInt8::subGraphsAreNamed()
{
    QFETCH(QString, strategy);
    const auto result = quantizeModel(modelFromText(branches("y = MatMul(t, w)").toUtf8().constData()),
                                      syntheticRecipe("x86-vnni", strategy.toStdString()));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const auto node = std::ranges::find((*result)->plan.nodes, std::string("If"), &NodePlan::op);
    QCOMPARE(node->reason.str(), std::string("kept float: 3 nodes of its sub-graphs as well"));
    const auto told
        = std::ranges::find((*result)->findings, std::string("sub-graphs-stay-float"), &Finding::code);
    QVERIFY(told != (*result)->findings.end());
    QCOMPARE(told->subject, std::string("choice"));
    QCOMPARE(told->detail.str(),
             std::string("2 layers inside of If, Loop or Scan stay float, the first in choice; export each "
                         "branch as a model of its own to quantize them"));
}

void tst_DynamicInt8::modelInSubGraphsIsAnError_data()
{
    QTest::addColumn<QString>("strategy");
    QTest::newRow("dynamic") << QStringLiteral("dynamic");
    QTest::newRow("weight-only") << QStringLiteral("weight-only");
}

void tst_DynamicInt8::modelInSubGraphsIsAnError()
{
    QFETCH(QString, strategy);
    const auto result = quantizeModel(modelFromText(branches("y = Relu(t)").toUtf8().constData()),
                                      syntheticRecipe("x86-vnni", strategy.toStdString()));
    QVERIFY(!result.ok());
    QVERIFY2(result.error().detail.ends_with("its layers are inside of 'choice', and sub-graphs stay float: "
                                             "export each branch as a model of its own"),
             result.error().detail.c_str());
}

void tst_DynamicInt8::convolutionsAreNamed()
{
    const auto result = quantizeModel(modelFromText(R"(g (float[N,1,2,2] x) => (float[N,3] y)
        <float[1,1,1,1] w = {2}, float[4,3] v = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}>
        { t = Conv(x, w)  f = Flatten(t)  y = MatMul(f, v) })"),
                                      syntheticRecipe("x86-vnni", "dynamic"));
    QVERIFY(result.ok());
    const auto told
        = std::ranges::find((*result)->findings, std::string("convolutions-stay-float"), &Finding::code);
    QVERIFY(told != (*result)->findings.end() && told->severity == Severity::Warning);
}

void tst_DynamicInt8::nothingToQuantizeIsAnError()
{
    const auto result = quantizeModel(
        modelFromText(
            "g (float[N,1,2,2] x) => (float[N,1,2,2] y) <float[1,1,1,1] w = {2}> { y = Conv(x, w) }"),
        syntheticRecipe("x86-vnni", "dynamic"));
    QVERIFY(!result.ok());
    QVERIFY(result.error().detail.find("use the strategy 'static'") != std::string::npos);
}

void tst_DynamicInt8::targetWithoutKernelsIsAnError()
{
    const auto result = quantizeModel(
        modelFromText(
            "g (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1, 2, 3, 4}> { y = MatMul(x, w) }"),
        syntheticRecipe("tensorrt", "dynamic"));
    QVERIFY(!result.ok());
    QVERIFY(result.error().code == ErrorCode::Unsupported);
}

void tst_DynamicInt8::excludeKeepsFloat()
{
    Recipe recipe = syntheticRecipe("x86-vnni", "dynamic");
    recipe.exclude = {"^y$"};
    const auto result = quantizeModel(modelFromText(R"(g (float[N,3,2] x) => (float[N,3,2] y)
        <float[2,2] w = {1, 2, 3, 4}, float[2,2] v = {1, 2, 3, 4}> { t = MatMul(x, w)  y = MatMul(t, v) })"),
                                      recipe);
    QVERIFY(result.ok());
    QCOMPARE(kernelsOf(*(*result)->model), std::string("MatMul 1, com.microsoft.DynamicQuantizeMatMul 1"));
}

QTEST_GUILESS_MAIN(tst_DynamicInt8)
#include "tst_dynamicint8.moc"
