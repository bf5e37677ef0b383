// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluation/classscores.h"
#include "core/evaluation/evaluation.h"
#include "core/evaluation/pareto.h"
#include "core/evaluation/sampleprefetcher.h"
#include "tests/support/listdataset.h"
#include "tests/support/textmodel.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <cmath>

using namespace qs;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// The sample is the answer: what the model is fed are the class scores.
const char *const kIdentity = "g (float[1,6] x) => (float[1,6] y) { y = Identity(x) }";
// Adds 2 to class 0.
const char *const kBiased
    = "g (float[1,6] x) => (float[1,6] y) <float[6] b = {2,0,0,0,0,0}> { y = Add(x, b) }";

std::vector<float> oneHot(int hot, float value = 1.F)
{
    std::vector<float> scores(6, 0.F);
    scores[static_cast<std::size_t>(hot)] = value;
    return scores;
}

EvaluateOptions withoutLatency()
{
    EvaluateOptions options;
    options.threads = 1;
    options.latency = false;
    return options;
}

} // namespace

class TestEvaluation : public QObject
{
    Q_OBJECT

private slots:
    void layouts();
    void argMaxTakesTheLowestOfEquals();
    void topFive();
    void accuracyAgreementAndPairs();
    void worksWithoutLabels();
    void worksWithoutReference();
    void notANumberCountsAsWrong();
    void labelsThatAreNoClass();
    void damagedSamplesAreSkipped();
    void outputsThatAreNoScores();
    void latencyOfBoth();
    void keysOfTheJson();
    void stops();
    void prefetcherKeepsOrder();
    void pareto();

private:
    std::unique_ptr<InferenceEngine> m_engine = makeOnnxRuntimeEngine();
};

void TestEvaluation::layouts()
{
    const auto f = DType::Float32;
    QVERIFY(scoreLayout(f, {1000}) == (ScoreLayout {1, 1000}));
    QVERIFY(scoreLayout(f, {1, 1000}) == (ScoreLayout {1, 1000}));
    QVERIFY(scoreLayout(f, {4, 10}) == (ScoreLayout {4, 10}));
    QVERIFY(scoreLayout(f, {1, 1000, 1, 1}) == (ScoreLayout {1, 1000}));
    QVERIFY(!scoreLayout(f, {1, 1}));
    QVERIFY(!scoreLayout(f, {}));
    QVERIFY(!scoreLayout(f, {1, 85, 22, 22}));
    QVERIFY(!scoreLayout(f, {1, 4420, 2}));
    QVERIFY(!scoreLayout(DType::Int64, {1, 1000}));
}

void TestEvaluation::argMaxTakesTheLowestOfEquals()
{
    QCOMPARE(argMax(std::vector<float> {0, 3, 1, 3}), std::int64_t {1});
    QCOMPARE(argMax(std::vector<float> {-5, -7}), std::int64_t {0});
    QCOMPARE(argMax(std::vector<float> {0, 3, kNan}), std::int64_t {-1});
    QCOMPARE(argMax(std::vector<float> {-INFINITY, -INFINITY}), std::int64_t {0});
}

void TestEvaluation::topFive()
{
    const std::vector<float> scores {9, 8, 7, 6, 5, 4};
    QVERIFY(isInTop(scores, 4, 5));
    QVERIFY(!isInTop(scores, 5, 5));
    const std::vector<float> equal(6, 1.F);
    QVERIFY(isInTop(equal, 4, 5));
    QVERIFY(!isInTop(equal, 5, 5));
    QVERIFY(!isInTop(scores, 6, 5));
    QVERIFY(!isInTop(scores, -1, 5));
    QVERIFY(!isInTop(std::vector<float> {1, kNan}, 0, 5));
}

void TestEvaluation::accuracyAgreementAndPairs()
{
    const ModelPtr reference = modelFromText(kIdentity);
    const ModelPtr model = modelFromText(kBiased);
    ListDataset data;
    data.add("x", {1, 6}, oneHot(0), 0); // both right
    data.add("x", {1, 6}, oneHot(1), 1); // the model says 0: only the reference is right
    data.add("x", {1, 6}, oneHot(2), 2); // same
    data.add("x", {1, 6}, oneHot(3, 5), 3); // 5 > 2: both right
    data.add("x", {1, 6}, oneHot(1), 0); // only the model is right
    data.add("x", {1, 6}, oneHot(4, 9),
             5); // both wrong; 5 is the last of six equals but one: not in the top 5
    JobContext job;
    const auto result = evaluate(*model, reference.get(), data, *m_engine, withoutLatency(), job);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    const Evaluation &e = *result;
    QCOMPARE(e.samples, std::uint64_t {6});
    QCOMPARE(e.top1, makeProportion(3, 6));
    QCOMPARE(e.referenceTop1, makeProportion(4, 6));
    QCOMPARE(e.top5, makeProportion(5, 6));
    QCOMPARE(e.agreement, makeProportion(3, 6));
    QVERIFY(e.paired);
    QCOMPARE(e.paired->onlyReferenceRight, std::uint64_t {2});
    QCOMPARE(e.paired->onlyModelRight, std::uint64_t {1});
    QCOMPARE(e.paired->pValue, 1.0);
    QVERIFY(std::abs(e.paired->difference + 1.0 / 6) < 1e-12);
    QVERIFY(e.paired->low < e.paired->difference && e.paired->difference < e.paired->high);
    // Signal 1+1+1+25+1+81, error 4 a sample.
    QVERIFY(e.outputSqnrDb && std::abs(*e.outputSqnrDb - 10 * std::log10(110.0 / 24)) < 1e-9);
    QCOMPARE(e.results.size(), std::size_t {6});
    QCOMPARE(e.results[1].id, std::string("#1"));
    QCOMPARE(e.results[1].prediction, std::int64_t {0});
    QCOMPARE(e.results[1].referencePrediction, std::int64_t {1});
    QVERIFY(std::abs(e.results[3].sqnrDb - 10 * std::log10(25.0 / 4)) < 1e-9);
    QCOMPARE(e.sizeBytes, model->sizeBytes());
    QCOMPARE(e.referenceSizeBytes, reference->sizeBytes());
    QVERIFY(!e.latency);
}

void TestEvaluation::worksWithoutLabels()
{
    ListDataset data;
    data.add("x", {1, 6}, oneHot(0));
    data.add("x", {1, 6}, oneHot(1));
    data.synthetic = true;
    JobContext job;
    const ModelPtr reference = modelFromText(kIdentity);
    const auto e = evaluate(*modelFromText(kBiased), reference.get(), data, *m_engine, withoutLatency(), job);
    QVERIFY(e.ok());
    QVERIFY(!e->top1 && !e->top5 && !e->referenceTop1 && !e->paired);
    QCOMPARE(e->agreement, makeProportion(1, 2));
    QVERIFY(e->outputSqnrDb);
    QVERIFY(e->synthetic);
}

void TestEvaluation::worksWithoutReference()
{
    ListDataset data;
    data.add("x", {1, 6}, oneHot(2), 2);
    JobContext job;
    const auto e = evaluate(*modelFromText(kIdentity), nullptr, data, *m_engine, withoutLatency(), job);
    QVERIFY(e.ok());
    QCOMPARE(e->top1, makeProportion(1, 1));
    QVERIFY(!e->agreement && !e->paired && !e->outputSqnrDb && !e->referenceTop1);
    QCOMPARE(e->referenceSizeBytes, std::uint64_t {0});
    QVERIFY(std::isnan(e->results[0].sqnrDb));
}

void TestEvaluation::notANumberCountsAsWrong()
{
    ListDataset data;
    data.add("x", {1, 6}, {1, 0, kNan, 0, 0, 0}, 0);
    data.add("x", {1, 6}, oneHot(1), 1);
    std::vector<Finding> findings;
    JobContext job({}, {}, [&](const Finding &f) { findings.push_back(f); });
    const ModelPtr model = modelFromText(kIdentity);
    const auto e = evaluate(*model, model.get(), data, *m_engine, withoutLatency(), job);
    QVERIFY(e.ok());
    QCOMPARE(e->top1, makeProportion(1, 2));
    QCOMPARE(e->agreement, makeProportion(1, 2)); // two models that both say nothing do not agree
    QCOMPARE(e->results[0].prediction, std::int64_t {-1});
    QCOMPARE(e->outputSqnrDb, std::numeric_limits<double>::infinity());
    QCOMPARE(findings.size(), std::size_t {1});
    QCOMPARE(findings[0].code, std::string("nan-output"));
    QVERIFY(findings[0].detail.str().starts_with("1 of 2 samples"));
}

void TestEvaluation::labelsThatAreNoClass()
{
    ListDataset data;
    data.add("x", {1, 6}, oneHot(1), 1);
    data.add("x", {1, 6}, oneHot(1), 999);
    std::vector<Finding> findings;
    JobContext job({}, {}, [&](const Finding &f) { findings.push_back(f); });
    const auto e = evaluate(*modelFromText(kIdentity), nullptr, data, *m_engine, withoutLatency(), job);
    QVERIFY(e.ok());
    QCOMPARE(e->top1, makeProportion(1, 2));
    QCOMPARE(findings.size(), std::size_t {1});
    QCOMPARE(findings[0].code, std::string("label-outside-classes"));
}

void TestEvaluation::damagedSamplesAreSkipped()
{
    ListDataset data;
    for (int i = 0; i < 12; ++i)
        data.add("x", {1, 6}, oneHot(i % 6), i % 6);
    data.damaged = {3};
    JobContext job;
    const auto e = evaluate(*modelFromText(kIdentity), nullptr, data, *m_engine, withoutLatency(), job);
    QVERIFY(e.ok());
    QCOMPARE(e->samples, std::uint64_t {11});
    QCOMPARE(e->skipped, std::uint64_t {1});
    QCOMPARE(e->results[3].index, std::size_t {4});

    data.damaged = {0, 1, 2, 3, 4, 5, 6};
    QVERIFY(!evaluate(*modelFromText(kIdentity), nullptr, data, *m_engine, withoutLatency(), job).ok());
    data.samples.clear();
    data.damaged.clear();
    QVERIFY(!evaluate(*modelFromText(kIdentity), nullptr, data, *m_engine, withoutLatency(), job).ok());
}

void TestEvaluation::outputsThatAreNoScores()
{
    const ModelPtr model = modelFromText("g (float[1,2,3] x) => (float[1,2,3] y) { y = Relu(x) }");
    ListDataset data;
    data.add("x", {1, 2, 3}, {1, 2, 3, 4, 5, 6}, 1);
    JobContext job;
    const auto e = evaluate(*model, model.get(), data, *m_engine, withoutLatency(), job);
    QVERIFY(e.ok());
    QVERIFY(!e->top1 && !e->agreement);
    QCOMPARE(e->outputSqnrDb, std::numeric_limits<double>::infinity());
}

void TestEvaluation::latencyOfBoth()
{
    ListDataset data;
    data.add("x", {1, 6}, oneHot(2), 2);
    EvaluateOptions options;
    options.threads = 1;
    options.latencyOptions = {1, 4, 0.0, 10};
    JobContext job;
    const ModelPtr reference = modelFromText(kIdentity);
    const auto e = evaluate(*modelFromText(kBiased), reference.get(), data, *m_engine, options, job);
    QVERIFY(e.ok());
    QVERIFY(e->latency && e->referenceLatency);
    QCOMPARE(e->latency->runs, e->referenceLatency->runs);
    QVERIFY(e->latency->runs >= 4);
    QCOMPARE(e->latency->threads, 1);
    QVERIFY(e->latency->medianMs > 0);
}

void TestEvaluation::keysOfTheJson()
{
    Evaluation e;
    e.samples = 4;
    e.top1 = makeProportion(3, 4);
    e.top5 = makeProportion(4, 4);
    e.agreement = makeProportion(2, 4);
    e.outputSqnrDb = 12.5;
    e.sizeBytes = 100;
    e.latency = Latency {1.5, 2.5, 1.0, 30, 5, 2};
    const nlohmann::json json = toJson(e);
    QCOMPARE(json.at("samples").get<int>(), 4);
    QCOMPARE(json.at("top1").get<double>(), 0.75);
    QCOMPARE(json.at("top1_ci95").size(), std::size_t {2});
    QCOMPARE(json.at("top1_ci95")[0].get<double>(), e.top1->low);
    QCOMPARE(json.at("top5").get<double>(), 1.0);
    QCOMPARE(json.at("agreement").get<double>(), 0.5);
    QCOMPARE(json.at("output_sqnr_db").get<double>(), 12.5);
    QCOMPARE(json.at("size_bytes").get<int>(), 100);
    QCOMPARE(json.at("latency_ms").at("median").get<double>(), 1.5);
    QCOMPARE(json.at("latency_ms").at("p90").get<double>(), 2.5);
    QVERIFY(json.at("paired").is_null());
    const nlohmann::json empty = toJson(Evaluation {});
    for (const char *key : {"top1", "top1_ci95", "top5", "agreement", "output_sqnr_db", "latency_ms"})
        QVERIFY2(empty.contains(key) && empty[key].is_null(), key);
    e.outputSqnrDb = std::numeric_limits<double>::infinity();
    QVERIFY(toJson(e).at("output_sqnr_db").is_null());
}

void TestEvaluation::stops()
{
    ListDataset data;
    for (int i = 0; i < 200; ++i)
        data.add("x", {1, 6}, oneHot(1), 1);
    std::stop_source stop;
    JobContext job(stop.get_token(), [&](const Progress &p) {
        QCOMPARE(p.total, std::int64_t {200});
        if (p.done == 20)
            stop.request_stop();
    });
    QVERIFY_EXCEPTION_THROWN(
        (void)evaluate(*modelFromText(kIdentity), nullptr, data, *m_engine, withoutLatency(), job),
        Cancelled);
}

void TestEvaluation::prefetcherKeepsOrder()
{
    ListDataset data;
    for (int i = 0; i < 50; ++i)
        data.add("x", {1}, {static_cast<float>(i)});
    data.damaged = {7, 20};
    JobContext job;
    SamplePrefetcher reader(data, job, 3);
    std::vector<std::size_t> seen;
    while (true) {
        const auto item = reader.next();
        QVERIFY(item.ok());
        if (!item->has_value())
            break;
        QCOMPARE((*item)->second.inputs[0].tensor.floats()[0], static_cast<float>((*item)->first));
        seen.push_back((*item)->first);
    }
    QCOMPARE(seen.size(), std::size_t {48});
    QVERIFY(std::is_sorted(seen.begin(), seen.end()));
    QCOMPARE(reader.skipped(), std::size_t {2});
    QVERIFY(!reader.next()->has_value());
    const SamplePrefetcher abandoned(data, job, 2); // must not hang when nobody reads it
}

void TestEvaluation::pareto()
{
    const std::vector<Tradeoff> choices {{4, 80}, {1, 79}, {2, 70}, {4, 81}, {1, 79}, {NAN, 99}, {3, 80}};
    QCOMPARE(paretoFront(choices), (std::vector<std::size_t> {1, 6, 3}));
    QVERIFY(paretoFront({}).empty());
}

QTEST_GUILESS_MAIN(TestEvaluation)
#include "tst_evaluation.moc"
