// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/advisor/advice.h"
#include "core/strategies/strategy.h"
#include "tests/support/textmodel.h"

#include <QTest>

#include <algorithm>

using namespace qs;

namespace {

Advice adviceFor(const char *text, const char *target, const Wish &wish = {})
{
    JobContext job;
    const ModelPtr model = modelFromText(text);
    const ModelFacts facts = factsOf(*model, inferShapes(*model, nullptr, job));
    return advise(facts, **builtinTargets().require(target, "target"), wish);
}

bool says(const std::vector<Text> &texts, const char *part)
{
    return std::ranges::any_of(texts,
                               [&](const Text &text) { return text.str().find(part) != std::string::npos; });
}

constexpr const char *kCnn = R"(g (float[1,2,8,8] x) => (float[1,2,8,8] y)
    <float[2,1,1,1] w = {1, 2}, float[2,2,1,1] v = {1, 2, 3, 4}>
    { t = Conv <group = 2> (x, w)  y = Conv(t, v) })";
constexpr const char *kTransformer = R"(g (float[1,4,2] x) => (float[1,4,4] y) <float[2,2] w = {1, 2, 3, 4}>
    { q = MatMul(x, w)  k = Transpose <perm = [0, 2, 1]> (q)  s = MatMul(q, k)  y = Softmax <axis = 2> (s) })";
/// A decoder's shape: a table read with tokens, and a number for each of its five rows as output.
constexpr const char *kLanguageModel = R"(g (int64[1,3] tokens) => (float[1,3,5] y)
    <float[5,2] table = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1}, float[2,5] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1}>
    { e = Gather(table, tokens)  y = MatMul(e, w) })";
constexpr const char *kLstm = R"(g (float[3,1,2] x) => (float[3,1,1,1] y)
    <float[1,4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[1,4,1] r = {1, 2, 3, 4}>
    { y, h = LSTM <hidden_size = 1> (x, w, r) })";
constexpr const char *kGru = R"(g (float[3,1,2] x) => (float[3,1,1,1] y)
    <float[1,3,2] w = {1, 2, 3, 4, 5, 6}, float[1,3,1] r = {1, 2, 3}>
    { y, h = GRU <hidden_size = 1> (x, w, r) })";
constexpr const char *kGruWithProduct = R"(g (float[3,1,2] x) => (float[3,1,1,1] y)
    <float[2,2] m = {1, 2, 3, 4}, float[1,3,2] w = {1, 2, 3, 4, 5, 6}, float[1,3,1] r = {1, 2, 3}>
    { t = MatMul(x, m)  y, h = GRU <hidden_size = 1> (t, w, r) })";

} // namespace

class tst_Advice : public QObject
{
    Q_OBJECT

private slots:
    void factsAreCounted();
    void convolutionsWantCalibration();
    void transformersGoDynamic();
    void transformersOnFixedRangesTakeSixteenBits();
    void depthwisePerTensorIsEqualized();
    void quantizedModelsAreLeftAlone();
    void trainingIsTheNextStep();
    void topAccuracyIsTrained();
    void recurrentWorkIsCounted();
    void lstmGoesDynamic();
    void mixedNetworksGoByTheirWork();
    void gruStaysFloat();
    void languageModelsTakeBlocks();
    void severalPlatformsGetOneFile();
    void noWishToTuneOpensAReadyMadeModel();
    void parametersExist_data();
    void parametersExist();
};

void tst_Advice::factsAreCounted()
{
    JobContext job;
    const ModelPtr model = modelFromText(kCnn);
    const ModelFacts facts = factsOf(*model, inferShapes(*model, nullptr, job));
    QCOMPARE(facts.parameters, std::int64_t {6});
    QCOMPARE(facts.depthwiseMacs, std::int64_t {2 * 64}); // one product a value
    QCOMPARE(facts.convolutionMacs, std::int64_t {2 * 64 + 4 * 64});
    QCOMPARE(facts.macs, facts.convolutionMacs);
    QCOMPARE(facts.depthwiseLayers, 1);
    const ModelPtr transformer = modelFromText(kTransformer);
    const ModelFacts other = factsOf(*transformer, inferShapes(*transformer, nullptr, job));
    QCOMPARE(other.matrixMacs, std::int64_t {4 * 2 * 2});
    QCOMPARE(other.attentionMacs, std::int64_t {4 * 4 * 2});
}

void tst_Advice::convolutionsWantCalibration()
{
    const Advice advice = adviceFor(kCnn, "x86-vnni", {.hasCalibration = false});
    QCOMPARE(advice.strategy, std::string("static"));
    QVERIFY(says(advice.reasons, "100 % of its multiplications are convolutions"));
    QVERIFY(says(advice.reasons, "100 to 300 typical samples"));
}

void tst_Advice::transformersGoDynamic()
{
    const Advice advice = adviceFor(kTransformer, "onnxruntime-cpu");
    QCOMPARE(advice.strategy, std::string("dynamic"));
    QVERIFY(says(advice.ifNotEnough, "static"));
}

void tst_Advice::transformersOnFixedRangesTakeSixteenBits()
{
    const Advice advice = adviceFor(kTransformer, "qnn-htp");
    QCOMPARE(advice.strategy, std::string("static"));
    QVERIFY(advice.parameters.at("activation_type") == "uint16");
}

void tst_Advice::depthwisePerTensorIsEqualized()
{
    QVERIFY(adviceFor(kCnn, "arm-qnnpack").parameters.at("equalize") == true);
    QVERIFY(!adviceFor(kCnn, "arm-xnnpack").parameters.contains("equalize"));
}

void tst_Advice::quantizedModelsAreLeftAlone()
{
    const Advice advice = adviceFor(R"(g (float[1,2] x) => (float[1,2] y) <float s = {0.1}, uint8 z = {0}>
        { q = QuantizeLinear(x, s, z)  y = DequantizeLinear(q, s, z) })",
                                    "x86-vnni");
    QVERIFY(advice.strategy.empty());
    QVERIFY(says(advice.reasons, "quantized already"));
}

void tst_Advice::trainingIsTheNextStep()
{
    for (const char *target : {"x86-vnni", "arm-xnnpack", "arm-qnnpack", "tensorrt", "qnn-htp"}) {
        const Advice advice = adviceFor(kCnn, target);
        QCOMPARE(advice.strategy, std::string("static"));
        QVERIFY(says(advice.ifNotEnough, "strategy 'qat'"));
        QVERIFY(says(advice.ifNotEnough, "more than 1 points are lost"));
        QVERIFY(says(advice.ifNotEnough, "largest drift float"));
    }
    QVERIFY(says(adviceFor(kCnn, "x86-vnni", {.largestDrop = 0.25}).ifNotEnough, "more than 0.25 points"));
    QVERIFY(says(adviceFor(kTransformer, "onnxruntime-cpu").ifNotEnough, "strategy 'qat'"));
    QVERIFY(!says(adviceFor(kLstm, "onnxruntime-cpu").ifNotEnough, "qat")); // no trainer has it
}

void tst_Advice::topAccuracyIsTrained()
{
    const Advice advice = adviceFor(kCnn, "x86-vnni", {.mayTrain = true, .largestDrop = 0.25});
    QCOMPARE(advice.strategy, std::string("qat"));
    QVERIFY(says(advice.reasons, "no more than 0.25 points may be lost"));
    QVERIFY(!says(advice.ifNotEnough, "qat"));
    QCOMPARE(adviceFor(kCnn, "x86-vnni", {.mayTrain = true}).strategy, std::string("static"));
    QCOMPARE(adviceFor(kCnn, "x86-vnni", {.largestDrop = 0.25}).strategy, std::string("static"));
}

void tst_Advice::recurrentWorkIsCounted()
{
    JobContext job;
    const ModelPtr lstm = modelFromText(kLstm);
    const ModelFacts facts = factsOf(*lstm, inferShapes(*lstm, nullptr, job));
    QCOMPARE(facts.lstmMacs, std::int64_t {3 * (4 * 2 + 4)}); // three steps, four gates
    QCOMPARE(facts.macs, facts.lstmMacs);
    QCOMPARE(facts.lstmLayers, 1);
    const ModelPtr gru = modelFromText(kGruWithProduct);
    const ModelFacts other = factsOf(*gru, inferShapes(*gru, nullptr, job));
    QCOMPARE(other.gruMacs, std::int64_t {3 * (3 * 2 + 3)});
    QCOMPARE(other.macs, other.gruMacs + 3 * 2 * 2);
}

void tst_Advice::lstmGoesDynamic()
{
    const Advice advice = adviceFor(kLstm, "onnxruntime-cpu");
    QCOMPARE(advice.strategy, std::string("dynamic"));
    QVERIFY(says(advice.reasons, "100 % of its multiplications are in LSTM layers"));
    // Its only layer has no integer kernel there, whatever the strategy.
    const Advice elsewhere = adviceFor(kLstm, "qnn-htp");
    QVERIFY(elsewhere.strategy.empty());
    QVERIFY(says(elsewhere.reasons, "LSTM layers stay float: 100 %"));
}

void tst_Advice::mixedNetworksGoByTheirWork()
{
    const Target &target = **builtinTargets().require("onnxruntime-cpu", "target");
    ModelFacts facts {.parameters = 8'000'000,
                      .macs = 1'000'000'000,
                      .convolutionMacs = 950'000'000,
                      .lstmMacs = 50'000'000,
                      .convolutionLayers = 7,
                      .lstmLayers = 2};
    const Advice mostlyConvolutions = advise(facts, target, {});
    QCOMPARE(mostlyConvolutions.strategy, std::string("static"));
    QVERIFY(says(mostlyConvolutions.reasons, "95 % of its multiplications are convolutions"));
    QVERIFY(says(mostlyConvolutions.reasons, "LSTM layers stay float: 5 %"));
    std::swap(facts.convolutionMacs, facts.lstmMacs);
    const Advice mostlyLstm = advise(facts, target, {});
    QCOMPARE(mostlyLstm.strategy, std::string("dynamic"));
    QVERIFY(says(mostlyLstm.reasons, "95 % of its multiplications are in LSTM"));
    QVERIFY(says(mostlyLstm.reasons, "5 % of its multiplications are convolutions; they stay float"));
}

void tst_Advice::gruStaysFloat()
{
    const Advice alone = adviceFor(kGru, "onnxruntime-cpu");
    QVERIFY(alone.strategy.empty()); // dynamic and static would both find nothing
    QVERIFY(says(alone.reasons, "GRU and RNN layers stay float, 100 %"));
    const Advice mixed = adviceFor(kGruWithProduct, "onnxruntime-cpu");
    QCOMPARE(mixed.strategy, std::string("dynamic"));
    QVERIFY(says(mixed.reasons, "GRU and RNN layers stay float, 69 %")); // 27 of 39
    QVERIFY(says(mixed.reasons, "31 % of its multiplications are products"));
}

void tst_Advice::languageModelsTakeBlocks()
{
    const Advice advice = adviceFor(kLanguageModel, "onnxruntime-cpu");
    QCOMPARE(advice.strategy, std::string("weight-only"));
    for (const char *form : {"GGUF for llama.cpp", "AWQ or GPTQ for vLLM", "NF4 for transformers"})
        QVERIFY2(says(advice.reasons, form), form);
    QCOMPARE(adviceFor(kLanguageModel, "qnn-htp").strategy, std::string("static"));
    // One that answers with a few classes is no language model until it is too large for anything else.
    ModelFacts facts {.parameters = 5'000'000, .macs = 600'000'000, .matrixMacs = 600'000'000};
    facts.matrixLayers = 26;
    facts.readsTokens = true;
    const Target &target = **builtinTargets().require("onnxruntime-cpu", "target");
    QCOMPARE(advise(facts, target, {}).strategy, std::string("dynamic"));
    facts.parameters = 1'200'000'000;
    QCOMPARE(advise(facts, target, {}).strategy, std::string("weight-only"));
    QVERIFY(says(advise(facts, target, {}).reasons, "1200 million parameters"));
}

void tst_Advice::severalPlatformsGetOneFile()
{
    const Advice advice = adviceFor(kCnn, "tensorrt", {.crossPlatform = true});
    QCOMPARE(advice.target, std::string("onnxruntime-cpu"));
    QCOMPARE(advice.strategy, std::string("static"));
    QVERIFY(says(advice.reasons, "INT8 for ONNX Runtime"));
    QVERIFY(says(advice.ifNotEnough, "reduce_range"));
    QCOMPARE(adviceFor(kCnn, "tensorrt").target, std::string("tensorrt"));
    QVERIFY(!says(adviceFor(kCnn, "onnxruntime-cpu").reasons, "several platforms"));
    // The whole advice is for that target: this one has no dynamic kernels, the portable one has.
    QCOMPARE(adviceFor(kTransformer, "tensorrt").strategy, std::string("static"));
    QCOMPARE(adviceFor(kTransformer, "tensorrt", {.crossPlatform = true}).strategy, std::string("dynamic"));
}

void tst_Advice::noWishToTuneOpensAReadyMadeModel()
{
    const Advice advice = adviceFor(kCnn, "x86-vnni", {.mayTune = false});
    QVERIFY(advice.isReadyMade && advice.strategy.empty() && advice.parameters.empty());
    QVERIFY(says(advice.reasons, "open a ready-made quantized model"));
    QVERIFY(says(advice.ifNotEnough, "strategy 'static' with its settings as they are"));
    QVERIFY(!adviceFor(kCnn, "x86-vnni").isReadyMade);
    QVERIFY(!adviceFor(kGru, "x86-vnni", {.mayTune = false}).isReadyMade);
}

void tst_Advice::parametersExist_data()
{
    QTest::addColumn<QString>("target");
    for (const Target &target : builtinTargets().all())
        QTest::newRow(target.id.c_str()) << QString::fromStdString(target.id);
}

void tst_Advice::parametersExist()
{
    QFETCH(QString, target);
    const Wish wishes[]
        = {{}, {.hasCalibration = false, .crossPlatform = true}, {.mayTrain = true, .largestDrop = 0.1}};
    for (const char *model : {kCnn, kTransformer, kLanguageModel, kGruWithProduct}) {
        for (const Wish &wish : wishes) {
            const Advice advice = adviceFor(model, target.toUtf8().constData(), wish);
            const auto strategy = builtinStrategies().require(advice.strategy, "strategy");
            QVERIFY(strategy.ok());
            QVERIFY(builtinTargets().find(advice.target));
            const auto parameters = ParamSet::fromJson((*strategy)->params, advice.parameters);
            QVERIFY2(parameters.ok(), parameters.ok() ? "" : parameters.error().message().c_str());
        }
    }
}

QTEST_GUILESS_MAIN(tst_Advice)
#include "tst_advice.moc"
