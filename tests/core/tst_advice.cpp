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
    void trainingIsTheNextStepForAStrictWish();
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

void tst_Advice::trainingIsTheNextStepForAStrictWish()
{
    QVERIFY(says(adviceFor(kCnn, "x86-vnni", {.largestDrop = 0.25}).ifNotEnough, "more than 0.25 points"));
    QVERIFY(!says(adviceFor(kCnn, "x86-vnni").ifNotEnough, "training"));
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
    for (const char *model : {kCnn, kTransformer}) {
        const Advice advice = adviceFor(model, target.toUtf8().constData());
        const auto strategy = builtinStrategies().require(advice.strategy, "strategy");
        QVERIFY(strategy.ok());
        const auto parameters = ParamSet::fromJson((*strategy)->params, advice.parameters);
        QVERIFY2(parameters.ok(), parameters.ok() ? "" : parameters.error().message().c_str());
    }
}

QTEST_GUILESS_MAIN(tst_Advice)
#include "tst_advice.moc"
