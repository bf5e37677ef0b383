// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where each target's files have their quantizers, and of which kind. What this machine's runtime cannot
// judge is checked against the rules the target's own documents give (see core/targets).
#include "core/run/hostfindings.h"
#include "core/targets/target.h"
#include "tests/support/modelrun.h"
#include "tests/support/quantizerun.h"
#include "tests/support/textmodel.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <onnx/onnx_pb.h>

using namespace qs;

namespace {

/// A residual block with a classifier behind it.
ModelPtr residualModel()
{
    return modelFromText(R"(g (float[1,2,4,4] x) => (float[1,20] y)
        <float[2,2,1,1] w = {1, 2, -3, 4}, float[2] b = {0.5, -1}, float[2,2,1,1] v = {0.5, 1, 1.5, -2},
         float[20,32] f>
        { t = Conv(x, w, b)  r = Relu(t)  u = Conv(r, v)  s = Add(u, r)  a = Relu(s)  q = Flatten(a)
          y = Gemm <transB = 1> (q, f) })");
}

/// The same with random weights for the classifier, which the text form has no room for.
ModelPtr filledResidualModel()
{
    const ModelPtr model = residualModel();
    GraphEdit edit(*model);
    edit.setInitializer("f", randomTensor({20, 32}, 7));
    return *edit.finish();
}

/// Float values that go through a QuantizeLinear, sorted.
std::vector<std::string> quantizedValues(const Model &model)
{
    std::vector<std::string> values;
    for (const onnx::NodeProto &node : model.proto().graph().node()) {
        if (node.op_type() == "QuantizeLinear")
            values.push_back(node.input(0));
    }
    std::ranges::sort(values);
    return values;
}

Recipe recipeFor(const std::string &target, const char *key = nullptr, const char *value = nullptr)
{
    Recipe recipe = syntheticRecipe(target);
    if (key)
        recipe.parameters[key] = value;
    return recipe;
}

} // namespace

class tst_Targets : public QObject
{
    Q_OBJECT

private slots:
    void tensorRtQuantizesInputsOnly();
    void tensorRtIsSymmetricAndKeepsBiases();
    void tensorRtHasNoPairBehindPad();
    void tensorRtLeavesSmallMatrices();
    void biasesOfProductsAreFused_data();
    void biasesOfProductsAreFused();
    void openVinoQuantizesInputsOnly();
    void qnnQuantizesTheTail();
    void qnnQuantizesNormalizationAndPad();
    void qnnTakesSixteenBits();
    void qnnTakesSignedSixteenBits();
    void qnnHasNoTinyRange();
    void qnnpackHasOneScaleAWeight();
    void openVinoKeepsLstmFloat();
    void hostsAreCompared_data();
    void hostsAreCompared();
    void thisHostIsKnown();
    void everyHelpNamesOtherMachines();
    void typesAreCheckedAgainstTheTarget();
    void signedByUnsignedIsRefused_data();
    void signedByUnsignedIsRefused();
    void operatorFormatHasTheSameKernels_data();
    void operatorFormatHasTheSameKernels();
    void operatorFormatIsRefusedWherePairsAreWanted();
    void everyTargetLoadsHere_data();
    void everyTargetLoadsHere();
};

void tst_Targets::tensorRtQuantizesInputsOnly()
{
    const auto result = quantizeModel(filledResidualModel(), recipeFor("tensorrt"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    // Inputs of the two Convs and the Gemm; r is also the skip branch of the Add, whose other operand u comes
    // straight from a Conv. Neither t (before a Relu) nor the result y is quantized.
    QCOMPARE(quantizedValues(*(*result)->model), (std::vector<std::string> {"q", "r", "x"}));
}

void tst_Targets::tensorRtIsSymmetricAndKeepsBiases()
{
    const auto result = quantizeModel(filledResidualModel(), recipeFor("tensorrt"));
    QVERIFY(result.ok());
    for (const auto &[name, tensor] : (*result)->plan.tensors) {
        QVERIFY(tensor.scheme.type == DType::Int8 && tensor.scheme.symmetric);
        for (const ScaleZeroPoint &params : tensor.params)
            QCOMPARE(params.zeroPoint, 0);
        QVERIFY(tensor.role != TensorRole::Bias);
    }
    QVERIFY((*(*result)->model->constant("b")).has_value());
}

void tst_Targets::tensorRtHasNoPairBehindPad()
{
    const char *text = R"(g (float[1,2,4,4] x) => (float[1,2,4,4] y)
        <float[2,2,1,1] w = {1, 2, -3, 4}, float[2,2,3,3] v, int64[8] p = {0, 0, 1, 1, 0, 0, 1, 1}>
        { t = Conv(x, w)  r = Relu(t)  d = Pad(r, p)  y = Conv(d, v) })";
    const auto result = quantizeModel(modelFromText(text), recipeFor("tensorrt"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QCOMPARE(quantizedValues(*(*result)->model), (std::vector<std::string> {"r", "x"}));
    const auto onCpu = quantizeModel(modelFromText(text), recipeFor("x86-vnni"));
    QVERIFY(onCpu.ok());
    QCOMPARE(kernelsOf(*(*onCpu)->model), std::string("QLinearConv 2"));
}

void tst_Targets::tensorRtLeavesSmallMatrices()
{
    const auto result = quantizeModel(modelFromText(R"(g (float[1,1,2,2] x) => (float[1,2] y)
        <float[1,1,1,1] w = {2}, float[4,2] f = {1, 2, 3, 4, 5, 6, 7, 8}>
        { t = Conv(x, w)  q = Flatten(t)  y = MatMul(q, f) })"),
                                      recipeFor("tensorrt"));
    QVERIFY(result.ok());
    QVERIFY(!(*result)->plan.nodes.back().isQuantized());
    QVERIFY((*result)->plan.nodes.back().reason.str().find("small") != std::string::npos);
}

void tst_Targets::biasesOfProductsAreFused_data()
{
    QTest::addColumn<QString>("target");
    QTest::newRow("tensorrt") << QStringLiteral("tensorrt");
    QTest::newRow("openvino") << QStringLiteral("openvino");
}

void tst_Targets::biasesOfProductsAreFused()
{
    QFETCH(QString, target);
    const ModelPtr shell = modelFromText(R"(g (float[2,3,16] x) => (float[2,3,16] y)
        <float[16,16] w, float[16,16] v, float[16] b>
        { t = MatMul(x, w)  a = Add(t, b)  r = Relu(a)  u = MatMul(r, v)  c = Add(u, b)  s = Add(c, r)
          y = MatMul(s, w) })");
    GraphEdit edit(*shell);
    edit.setInitializer("w", randomTensor({16, 16}, 3));
    edit.setInitializer("v", randomTensor({16, 16}, 4));
    const auto result = quantizeModel(*edit.finish(), recipeFor(target.toStdString()));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    // Neither between a product and its bias, nor between that and the sum it is taken into.
    QCOMPARE(quantizedValues(*(*result)->model), (std::vector<std::string> {"r", "s", "x"}));
    for (const Finding &finding : (*result)->findings)
        QVERIFY2(finding.code != "operand-in-float", finding.subject.c_str());
}

void tst_Targets::openVinoQuantizesInputsOnly()
{
    const auto result = quantizeModel(filledResidualModel(), recipeFor("openvino"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QCOMPARE(quantizedValues(*(*result)->model), (std::vector<std::string> {"q", "r", "x"}));
    QVERIFY((*result)->plan.tensors.at("r").scheme.type == DType::UInt8);
}

void tst_Targets::qnnQuantizesTheTail()
{
    const auto result = quantizeModel(modelFromText(R"(g (float[1,2,4,4] x) => (float[1,2,4,4] y)
        <float[2,2,1,1] w = {1, 2, -3, 4}> { t = Conv(x, w)  y = Softmax <axis = 1> (t) })"),
                                      recipeFor("qnn-htp"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    for (const NodePlan &node : (*result)->plan.nodes)
        QVERIFY2(node.isQuantized(), node.op.c_str());
    QCOMPARE((*result)->plan.tensors.at("y").params.at(0), (ScaleZeroPoint {1.F / 256.F, 0}));
}

void tst_Targets::qnnQuantizesNormalizationAndPad()
{
    const ModelPtr model = modelFromText(R"(<ir_version: 8, opset_import: ["" : 17]>
        g (float[1,3,4] x) => (float[1,4,4] y)
        <float[4,4] w = {1, 2, 3, -4, 5, 6, 7, 8, 2, -1, 4, 3, 1, 1, -2, 2}, float[4] s = {1, 2, 0.5, 1},
         float[4] b = {0.5, -1, 2, 0}, int64[6] p = {0, 0, 0, 0, 1, 0}>
        { t = MatMul(x, w)  n = LayerNormalization <axis = -1> (t, s, b)  y = Pad(n, p) })");
    const auto result = quantizeModel(model, recipeFor("qnn-htp"));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    for (const NodePlan &node : (*result)->plan.nodes)
        QVERIFY2(node.isQuantized(), node.op.c_str());
    const Plan &plan = (*result)->plan;
    QCOMPARE(plan.tensors.at("y").params, plan.tensors.at("n").params); // Pad writes a 0 of the same grid
    // The provider takes a factor of the type of weights and a bias of int32, scaled with it.
    QVERIFY((**(*result)->model->constant("s_quantized")).type() == DType::Int8);
    QVERIFY((**(*result)->model->constant("b_quantized")).type() == DType::Int32);
    QCOMPARE(plan.tensors.at("n:bias").params.at(0).scale,
             plan.tensors.at("t").params.at(0).scale * plan.tensors.at("s").params.at(0).scale);
    QVERIFY2(syntheticSqnrDb(*model, *(*result)->model) > 25,
             qPrintable(QString::number(syntheticSqnrDb(*model, *(*result)->model))));
}

void tst_Targets::qnnTakesSixteenBits()
{
    const ModelPtr model = filledResidualModel();
    const auto bytes = quantizeModel(model, recipeFor("qnn-htp"));
    const auto words = quantizeModel(model, recipeFor("qnn-htp", "activation_type", "uint16"));
    QVERIFY2(words.ok(), words.ok() ? "" : words.error().message().c_str());
    const Tensor zero = **(*words)->model->constant("x_zero_point");
    QVERIFY(zero.type() == DType::UInt16);
    for (const onnx::NodeProto &node : (*words)->model->proto().graph().node()) {
        if (node.op_type() == "QuantizeLinear")
            QCOMPARE(node.domain(), std::string("com.microsoft")); // the model's opset is below 21
    }
    // What is left are the 8 bits of the weights.
    QVERIFY(syntheticSqnrDb(*model, *(*words)->model) > syntheticSqnrDb(*model, *(*bytes)->model) + 3);
}

void tst_Targets::qnnTakesSignedSixteenBits()
{
    const ModelPtr model = filledResidualModel();
    const auto words = quantizeModel(model, recipeFor("qnn-htp", "activation_type", "uint16"));
    Recipe recipe = recipeFor("qnn-htp", "activation_type", "int16");
    recipe.parameters["symmetric_activations"] = true;
    const auto centered = quantizeModel(model, recipe);
    const auto signedWords = quantizeModel(model, recipeFor("qnn-htp", "activation_type", "int16"));
    for (const auto *result : {&signedWords, &centered}) {
        QVERIFY2(result->ok(), result->ok() ? "" : result->error().message().c_str());
        const Quantized &made = ***result;
        QVERIFY((**made.model->constant("x_zero_point")).type() == DType::Int16);
        QVERIFY(made.plan.tensors.at("x").scheme.type == DType::Int16);
        // As fine as unsigned ones: what is lost is what the 8 bits of the weights lose.
        const double difference
            = syntheticSqnrDb(*model, *made.model) - syntheticSqnrDb(*model, *(*words)->model);
        QVERIFY2(std::abs(difference) < 1, qPrintable(QString::number(difference)));
    }
    QCOMPARE((*centered)->plan.tensors.at("x").params.at(0).zeroPoint, 0);
    // The same range in as many steps: -32768 to 32767 where there were 0 to 65535.
    const ScaleZeroPoint grid = (*words)->plan.tensors.at("x").params.at(0);
    const ScaleZeroPoint moved = (*signedWords)->plan.tensors.at("x").params.at(0);
    QCOMPARE(moved.scale, grid.scale);
    QCOMPARE(moved.zeroPoint, grid.zeroPoint - 32768);
}

void tst_Targets::qnnHasNoTinyRange()
{
    const auto result = quantizeModel(modelFromText(R"(g (float[1,1,2,2] x) => (float[1,1,2,2] y)
        <float[1,1,1,1] w = {0.0000001}, float[1,1,1,1] v = {1}> { t = Conv(x, w)  y = Conv(t, v) })"),
                                      recipeFor("qnn-htp"));
    QVERIFY(result.ok());
    QVERIFY((*result)->plan.tensors.at("t").params.at(0).scale >= 1e-4F / 256.F);
}

void tst_Targets::qnnpackHasOneScaleAWeight()
{
    const auto result = quantizeModel(filledResidualModel(), recipeFor("arm-qnnpack"));
    QVERIFY(result.ok());
    for (const auto &[name, tensor] : (*result)->plan.tensors)
        QCOMPARE(tensor.params.size(), std::size_t {1});
}

void tst_Targets::openVinoKeepsLstmFloat()
{
    const ModelPtr model = modelFromText(R"(g (float[3,1,2] x) => (float[3,1,1,1] y)
        <float[2,2] m = {1, 2, 3, -4}, float[1,4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[1,4,1] r = {1, 2, 3, 4}>
        { t = MatMul(x, m)  y, h = LSTM <hidden_size = 1> (t, w, r) })");
    for (const Target &target : builtinTargets().all()) {
        if (target.dynamicOps.empty())
            continue;
        const auto result = quantizeModel(model, syntheticRecipe(target.id, "dynamic"));
        QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
        const std::string operators = operatorsOf(*(*result)->model);
        const bool isFused = operators.find("DynamicQuantizeLSTM") != std::string::npos;
        QVERIFY2(isFused == (target.id != "openvino"), operators.c_str());
        QVERIFY(operators.find("MatMulInteger") != std::string::npos);
        for (const NodePlan &node : (*result)->plan.nodes)
            QVERIFY(node.isQuantized() || !node.reason.empty());
    }
}

void tst_Targets::hostsAreCompared_data()
{
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("withVnni"); // codes that are found
    QTest::addColumn<QString>("without");
    QTest::newRow("x86-vnni") << "x86-vnni"
                              << ""
                              << "target-needs-vnni";
    QTest::newRow("onnxruntime-cpu") << "onnxruntime-cpu"
                                     << ""
                                     << "target-needs-vnni";
    QTest::newRow("x86-avx2") << "x86-avx2"
                              << ""
                              << "";
    for (const char *target : {"arm-xnnpack", "tensorrt", "qnn-htp", "openvino"})
        QTest::newRow(target) << target << "foreign-target"
                              << "foreign-target";
}

void tst_Targets::hostsAreCompared()
{
    QFETCH(QString, target);
    QFETCH(QString, withVnni);
    QFETCH(QString, without);
    const auto codes = [&](const HostCpu &host, bool hasReducedWeights) {
        QStringList list;
        for (const Finding &finding : hostFindings(**builtinTargets().require(target.toStdString(), "target"),
                                                   host, hasReducedWeights))
            list += QString::fromStdString(finding.code);
        return list.join(',');
    };
    QCOMPARE(codes({.isX86 = true, .hasVnni = true}, false), withVnni);
    QCOMPARE(codes({.isX86 = true, .hasVnni = false}, false), without);
    QCOMPARE(codes({.isX86 = true, .hasVnni = false}, true), withVnni); // 7 bits cannot saturate
    QCOMPARE(codes({.isX86 = false, .hasVnni = false}, false), withVnni); // nor do sums on ARM
}

/// Against what the system says of the processor.
void tst_Targets::thisHostIsKnown()
{
    QFile file(QStringLiteral("/proc/cpuinfo"));
    if (!hostCpu().isX86 || !file.open(QIODevice::ReadOnly))
        QSKIP("no x86 processor whose flags could be read");
    const QByteArray text = file.readAll();
    QCOMPARE(hostCpu().hasVnni, text.contains(" avx512_vnni") || text.contains(" avx_vnni"));
}

/// What goes wrong with a target's file elsewhere is said beside its name.
void tst_Targets::everyHelpNamesOtherMachines()
{
    const std::pair<const char *, const char *> expected[]
        = {{"x86-vnni", "On older x86"},        {"x86-avx2", "safe everywhere"},
           {"arm-xnnpack", "On x86"},           {"arm-qnnpack", "networks with depthwise"},
           {"onnxruntime-cpu", "without VNNI"}, {"tensorrt", "on a CPU"},
           {"qnn-htp", "A CPU has no"},         {"openvino", "ONNX Runtime on a CPU"}};
    QCOMPARE(builtinTargets().all().size(), std::size(expected));
    for (const auto &[id, words] : expected)
        QVERIFY2(builtinTargets().find(id)->help.find(words) != std::string::npos, id);
}

void tst_Targets::typesAreCheckedAgainstTheTarget()
{
    const auto result
        = quantizeModel(filledResidualModel(), recipeFor("x86-vnni", "activation_type", "int16"));
    QVERIFY(!result.ok());
    QCOMPARE(result.error().message(), std::string("activation_type 'int16': target 'x86-vnni' runs uint8"));
}

void tst_Targets::signedByUnsignedIsRefused_data()
{
    QTest::addColumn<QString>("target");
    for (const Target &target : builtinTargets().all()) {
        if (target.activationTypes.contains(DType::Int8) && target.weightTypes.contains(DType::UInt8))
            QTest::newRow(target.id.c_str()) << QString::fromStdString(target.id);
    }
}

void tst_Targets::signedByUnsignedIsRefused()
{
    QFETCH(QString, target);
    Recipe recipe = recipeFor(target.toStdString(), "activation_type", "int8");
    QVERIFY(quantizeModel(filledResidualModel(), recipe).ok());
    recipe.parameters["weight_type"] = "uint8";
    const auto result = quantizeModel(filledResidualModel(), recipe);
    QVERIFY(!result.ok());
    QCOMPARE(
        result.error().message(),
        std::string("int8 activations with uint8 weights: there are no fast kernels for the two; make the "
                    "weights int8 or the activations uint8"));
    recipe.parameters["activation_type"] = "uint8";
    QVERIFY(quantizeModel(filledResidualModel(), recipe).ok());
}

void tst_Targets::operatorFormatHasTheSameKernels_data()
{
    QTest::addColumn<QString>("text");
    const QString conv3
        = QStringLiteral("float[3,3,1,1] w = {1, 2, 3, -4, 5, 6, 2, -2, 1}, float[3] b = {0.5, 0, -1}");
    const auto row = [&](const char *name, const char *body) {
        QTest::newRow(name) << QString::fromUtf8(body).arg(conv3);
    };
    row("conv", "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { y = Conv(x, w, b) }");
    row("residual",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) u = Conv(t, w) s = Add(t, u) r "
        "= "
        "Relu(s) y = Conv(r, w) }");
    row("silu",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1> { t = Conv(x, w, b) s = Sigmoid(t) m = Mul(t, s) y "
        "= "
        "Conv(m, w) }");
    row("pools",
        "g (float[N,3,4,4] x) => (float[N,3,1,1] y) <%1> { t = Conv(x, w, b) m = MaxPool <kernel_shape = [2, "
        "2]> (t) a "
        "= AveragePool <kernel_shape = [2, 2]> (m) l = LeakyRelu(a) c = Conv(l, w) p = GlobalAveragePool(c) "
        "y = "
        "Conv(p, w) }");
    row("concat",
        "g (float[N,3,4,4] x) => (float[N,3,4,4] y) <%1, float[3,6,1,1] v = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, "
        "5, "
        "6, 1, 2, 3, 4, 5, 6}> { t = Conv(x, w, b) u = Conv(t, w) c = Concat <axis = 1> (t, u) y = Conv(c, "
        "v) }");
    row("classifier",
        "g (float[N,3,4,4] x) => (float[N,2] y) <%1, float[2,3] f = {1, 2, 3, 4, 5, 6}, float[2] h = {1, 2}>"
        " { t = Conv(x, w, b) p = GlobalAveragePool(t) q = Flatten(p) y = Gemm <transB = 1> (q, f, h) }");
    row("matmul",
        "g (float[N,4] x) => (float[N,2] y) <float[4,3] m = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3}, float[3,2] "
        "n "
        "= {1, 2, 3, 4, 5, 6}> { t = MatMul(x, m) y = MatMul(t, n) }");
}

void tst_Targets::operatorFormatHasTheSameKernels()
{
    QFETCH(QString, text);
    const ModelPtr model = modelFromText(text.toUtf8().constData());
    const auto pairs = quantizeModel(model, recipeFor("x86-vnni"));
    const auto operators = quantizeModel(model, recipeFor("x86-vnni", "format", "qoperator"));
    QVERIFY2(operators.ok(), operators.ok() ? "" : operators.error().message().c_str());
    QCOMPARE(kernelsOf(*(*operators)->model), kernelsOf(*(*pairs)->model));
    // The integers are in the file already, not made by the runtime's fusing; and they are the same integers.
    QVERIFY(operatorsOf(*(*operators)->model).find("QLinear") != std::string::npos
            || operatorsOf(*(*operators)->model).find("QGemm") != std::string::npos);
    QVERIFY(largestDifference(*(*pairs)->model, *(*operators)->model) < 1e-6);
}

void tst_Targets::operatorFormatIsRefusedWherePairsAreWanted()
{
    const auto result = quantizeModel(filledResidualModel(), recipeFor("tensorrt", "format", "qoperator"));
    QVERIFY(!result.ok());
    QVERIFY(result.error().code == ErrorCode::Unsupported);
}

void tst_Targets::everyTargetLoadsHere_data()
{
    QTest::addColumn<QString>("target");
    for (const Target &target : builtinTargets().all())
        QTest::newRow(target.id.c_str()) << QString::fromStdString(target.id);
}

/// Any runtime can carry out the pairs in float: the arithmetic must be right whoever runs it.
void tst_Targets::everyTargetLoadsHere()
{
    QFETCH(QString, target);
    const ModelPtr model = filledResidualModel();
    const auto result = quantizeModel(model, recipeFor(target.toStdString()));
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const double sqnr = syntheticSqnrDb(*model, *(*result)->model);
    QVERIFY2(sqnr > 25, qPrintable(QString::number(sqnr)));
}

QTEST_GUILESS_MAIN(tst_Targets)
#include "tst_targets.moc"
